import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI } from './cli/agent.bench.js';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { ServerProcess } from './support/server.process.js';
import { agentCounts, startedAs } from './support/warm.js';

const UNREADY = { appendSystemPrompt: 'You are unready.' };
const FAILED = /a spare agent process could not be started/g;

/** Spares whose CLI does something else when it is to make itself ready: the real one, behind a program. */
describe('a spare that', () => {
  let api: MessagesApi;
  let folder: string;
  beforeAll(async () => {
    api = await startMessagesApi();
    folder = mkdtempSync(join(tmpdir(), 'steward-unready-'));
  });
  afterAll(async () => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The program is no part of what a sandbox shows. */
  const start = (does: 'refuse' | 'silent' | 'exit') => {
    const path = join(folder, does);
    const words = [resolve('test/fixtures/unready_cli.py'), does, realpathSync(CLI)];
    writeFileSync(path, `#!/bin/sh\nexec python3 ${words.join(' ')} "$@"\n`, { mode: 0o755 });
    const env = { CLAUDE_CLI_PATH: path, STEWARD_SANDBOX: 'none', STEWARD_CONTROL_TIMEOUT_MS: '5000' };
    return ServerProcess.start({ modelUrl: api.url, spares: true, env });
  };
  const ready = (server: ServerProcess) =>
    expect.poll(() => agentCounts(server), { timeout: 30_000 }).toMatchObject({ spare: 1 });
  const how = async (server: ServerProcess, more: object) => {
    const { id, error } = await server.client().execute({ prompt: '[[say x]]', ...more });
    expect(error).toBeNull();
    return startedAs(server, id);
  };
  /** Asks for this profile only, so that it has the one place there is. */
  const want = async (server: ServerProcess) => {
    await ready(server);
    for (let run = 0; run < 3; run += 1) await how(server, UNREADY);
  };

  it('refuses to make itself ready is lent as it is', async () => {
    await using server = await start('refuse');
    await want(server);
    await ready(server);
    await expect.poll(() => how(server, UNREADY), { timeout: 30_000 }).toBe('spare');
  });

  it.each(['silent', 'exit'] as const)(
    'is %s is ended and not lent, and its profile left for a while',
    async (does) => {
      await using server = await start(does);
      await want(server);
      await expect.poll(() => server.output().match(FAILED)?.length ?? 0, { timeout: 30_000 }).toBe(1);
      expect(await how(server, UNREADY)).toBe('new');
      // Others get theirs meanwhile.
      await ready(server);
      await expect.poll(() => how(server, {}), { timeout: 30_000 }).toBe('spare');
      expect(server.output().match(FAILED)).toHaveLength(1);
    },
  );
});
