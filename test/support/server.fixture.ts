import { afterAll, beforeAll } from 'vitest';
import { type MessagesApi, type MessagesApiOptions, startMessagesApi } from '../messages-api/index.js';
import { type ServerOptions, ServerProcess } from './server.process.js';

export interface FixtureOptions extends Omit<ServerOptions, 'modelUrl'> {
  readonly model?: MessagesApiOptions;
}

/** What stands while the tests of a `describe` run. */
export interface Standing {
  readonly api: MessagesApi;
  readonly server: ServerProcess;
}

/**
 * A scripted Messages API and a server that asks it, from before the first test of the surrounding `describe` to behind
 * its last. What a spec's own `beforeAll` and `afterAll` do further below happens within that time.
 *
 * @param take gets both, before the first test
 */
export function withServer({ model, ...options }: FixtureOptions, take: (standing: Standing) => void): void {
  let api: MessagesApi | undefined;
  let server: ServerProcess | undefined;
  beforeAll(async () => {
    api = await startMessagesApi(model);
    server = await ServerProcess.start({ ...options, modelUrl: api.url });
    take({ api, server });
  });
  // The server may not have started; the model is ended all the same.
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await api?.close();
  });
}
