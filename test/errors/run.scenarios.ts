import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { openApprovals } from '../support/approving.js';
import { followUntil } from '../support/follow.js';
import { inAnswer, inRun } from './met.js';
import { OneServer } from './one.server.js';
import { group } from './scenario.types.js';

const LONG = '[[text n=4000 delay=50]]';
const ASKS = { prompt: '[[write a.txt | x]] [[say done]]', allowedTools: ['Read'], approvals: 'ask' } as const;

/** A run that has begun to answer. */
async function running(world: OneServer, sessionId?: string): Promise<string> {
  const { id } = await world.client.submit({ prompt: LONG, ...(sessionId === undefined ? {} : { sessionId }) });
  await followUntil(world.client, id, ({ type }) => type === 'text.delta');
  return id;
}

/** A run that waits for a person, and the question. */
async function asking(world: OneServer, more: object = {}): Promise<{ readonly id: string; readonly path: string }> {
  const { id } = await world.client.submit({ ...ASKS, ...more });
  const [asked] = await openApprovals(world.client, id);
  return { id, path: `/processes/${id}/approvals/${asked!.id}` };
}

const ALLOW = { decision: 'allow' };

/** How runs and sessions end or refuse, with the real CLI. */
export const RUN_GROUP = group(
  'runs and sessions',
  () =>
    OneServer.start({
      env: {
        STEWARD_WORKER_CONCURRENCY: '12',
        STEWARD_SESSION_MAX_CRASHES: '1',
        STEWARD_RUN_OUTPUT_BYTES: '100000',
        STEWARD_RUN_MAX_INPUTS: '1',
        STEWARD_APPROVAL_HOLD_MS: '300',
      },
    }),
  {
    'run.not_found': async (world) => inAnswer(await world.call('GET', '/processes/nothing')),
    'run.timed_out': async (world) => inRun(await world.run({ prompt: LONG, timeoutMs: 1500 })),
    'run.max_turns': async (world) =>
      inRun(await world.run({ prompt: '[[bash ls]] [[bash ls]] [[say x]]', maxTurns: 1 })),
    'run.output_too_large': async (world) =>
      inRun(await world.run({ prompt: '[[big bytes=2000000 chunk=4000 delay=5]]' })),
    'run.cancelled': async (world) => {
      const id = await running(world);
      await world.client.cancel(id);
      return inRun(await world.ended(id));
    },
    'run.interrupted': async (world) => {
      const id = await running(world);
      await world.client.interrupt(id);
      return inRun(await world.ended(id));
    },
    'budget.exceeded': async (world) => inRun(await world.run({ prompt: '[[text n=500 delay=5]]', maxTokens: 10 })),
    'output.invalid': async (world) =>
      inRun(await world.run({ prompt: '[[say no]] [[end]] [[say no]]', outputSchema: { type: 'object' } })),
    'session.not_found': async (world) => inAnswer(await world.submit({ prompt: 'x', sessionId: 'nothing' })),
    'session.busy': async (world) => {
      const sessionId = await world.session();
      const id = await running(world, sessionId);
      const refused = await world.submit({ prompt: 'x', sessionId, busyPolicy: 'reject' });
      await world.client.cancel(id);
      return inAnswer(refused);
    },
    'session.unhealthy': async (world) => {
      const { sessionId } = await world.run({ prompt: '[[bash kill -9 $PPID]]' });
      const state = async () => (await world.client.session(sessionId)).unhealthyUntil;
      await vi.waitFor(async () => expect(await state()).not.toBeNull(), { timeout: 20_000 });
      return inAnswer(await world.submit({ prompt: 'x', sessionId }));
    },
    'cli.crashed': async (world) => inRun(await world.run({ prompt: '[[bash kill -9 $PPID]]' })),
    'attachments.lost': async (world) => {
      const startAt = new Date(Date.now() + 3000).toISOString();
      const attachments = [{ name: 'a.txt', type: 'text/plain', data: Buffer.from('x').toString('base64') }];
      const { id } = await world.client.submit({ prompt: 'x', startAt, attachments });
      const folder = join(world.server.dataDir, 'attachments');
      for (const name of readdirSync(folder)) if (name.startsWith(id)) rmSync(join(folder, name));
      return inRun(await world.ended(id));
    },
    'approval.not_found': async (world) => {
      const { id } = await world.run({ prompt: '[[say x]]' });
      return inAnswer(await world.call('POST', `/processes/${id}/approvals/nothing`, ALLOW));
    },
    'approval.resolved': async (world) => {
      const { path } = await asking(world);
      await world.call('POST', path, ALLOW);
      return inAnswer(await world.call('POST', path, { decision: 'deny' }));
    },
    'approval.stopped': async (world) => {
      const { id, path } = await asking(world);
      await world.call('POST', path, { decision: 'deny', stop: true });
      return inRun(await world.ended(id));
    },
    'approval.waiting': async (world) => {
      const { id } = await world.client.submit(ASKS);
      for await (const frame of world.client.follow(id))
        if (frame.type === 'run.parked') {
          await world.client.cancel(id);
          return inRun({ error: frame.data['error'] });
        }
      return expect.unreachable('it was not parked');
    },
    'input.run_ended': async (world) => {
      const { id } = await world.run({ prompt: '[[say x]]' });
      return inAnswer(await world.call('POST', `/processes/${id}/input`, { text: 'more' }));
    },
    'input.too_many': async (world) => {
      const id = await running(world);
      const say = () => world.call('POST', `/processes/${id}/input`, { text: 'more' });
      await say();
      const refused = await say();
      await world.client.cancel(id);
      return inAnswer(refused);
    },
  },
);
