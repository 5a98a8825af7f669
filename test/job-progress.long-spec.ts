import { describe, expect, it } from 'vitest';
import { type RunProgress, type StewardClient } from '@steward/client';
import { collect } from './support/collect.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { withServers } from './support/servers.fixture.js';

interface Board {
  readonly queues: readonly { readonly jobs: readonly { readonly id: string; readonly progress: unknown }[] }[];
}

const PROMPT = '[[usage in=100 out=50]] [[bash echo a]] [[bash sleep 8]] [[say b]]';
const boardOf = async (server: ServerProcess): Promise<Board> =>
  JSON.parse((await send(server.url, '/admin/queues/api/queues?activeQueue=runs&status=active')).text) as Board;
const jobOf = async (server: ServerProcess, id: string) =>
  (await boardOf(server)).queues[0]?.jobs.find((job) => job.id === id);

/** Until its second tool has been told. */
async function inSecondTool(client: StewardClient, id: string): Promise<RunProgress> {
  await expect.poll(async () => (await client.run(id)).progress?.toolCalls, { timeout: 60_000 }).toBe(2);
  return (await client.run(id)).progress!;
}

/** How far a run is, while it is under way: in the run, and in its job where it has one. */
describe('progress of a run that BullMQ carries', () => {
  let front: ServerProcess;
  withServers({}, async (start) => {
    front = await start('api');
    await start('worker');
  });

  it('is that of its job, in Bull Board', async () => {
    const { id } = await front.client().submit({ prompt: PROMPT });
    const progress = await inSecondTool(front.client(), id);
    expect(progress).toMatchObject({ turns: 2, toolCalls: 2 });
    expect(progress.tokens).toBeGreaterThanOrEqual(300);
    await expect.poll(async () => (await jobOf(front, id))?.progress, { timeout: 20_000 }).toEqual(progress);
    await collect(front.client().follow(id));
    // The last word is the run's: its job leaves BullMQ with its end.
    expect((await front.client().run(id)).progress).toMatchObject({ turns: 3, toolCalls: 2 });
    await expect.poll(() => jobOf(front, id), { timeout: 20_000 }).toBeUndefined();
  });
});

describe('progress of a run that a worker takes at once', () => {
  let server: ServerProcess;
  withServer({}, (standing) => ({ server } = standing));

  it('is told in the run; there is no job', async () => {
    const { id } = await server.client().submit({ prompt: PROMPT });
    expect(await inSecondTool(server.client(), id)).toMatchObject({ turns: 2, toolCalls: 2 });
    expect(await jobOf(server, id)).toBeUndefined();
    await collect(server.client().follow(id));
    expect((await server.client().run(id)).progress).toMatchObject({ turns: 3, toolCalls: 2 });
  });
});
