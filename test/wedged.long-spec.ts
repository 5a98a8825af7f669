import { setTimeout as delay } from 'node:timers/promises';
import { type Frame, type Run } from '@steward/client';
import { describe, expect, it, vi } from 'vitest';
import { anatomyOf } from './support/anatomy.js';
import { openApprovals } from './support/approving.js';
import { collect } from './support/collect.js';
import { followUntil } from './support/follow.js';
import { commandOf } from './support/processes.js';
import { RESUME_TURNS } from './support/resume-texts.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const TIMEOUT_MS = 120_000;
const ASKS = { allowedTools: ['Read'], approvals: 'ask' } as const;
const isDelta = ({ type }: Frame): boolean => type === 'text.delta';
const isTool = ({ type }: Frame): boolean => type === 'tool.started';

// They wait, each for something of its own.
describe.concurrent('a CLI that is wedged', () => {
  let server: ServerProcess;
  withServer(
    {
      model: { hostTexts: RESUME_TURNS },
      env: {
        STEWARD_WEDGED_MS: '2000',
        STEWARD_CONTROL_TIMEOUT_MS: '2000',
        STEWARD_RUN_ATTEMPTS: '3',
        STEWARD_RETRY_BASE_MS: '100',
        STEWARD_WORKER_CONCURRENCY: '8',
      },
    },
    (standing) => ({ server } = standing),
  );

  const cliOf = async ({ sessionId }: Run): Promise<number> =>
    (await anatomyOf(`${server.dataDir}#${sessionId}`)).cli ?? expect.unreachable('there is no CLI');
  const wedges = (frames: readonly Frame[]): unknown[] =>
    frames.filter(({ type, data }) => type === 'run.retrying' && data['error'].code === 'cli.wedged');

  it('in mid-answer is ended, and the run goes on in another', { timeout: TIMEOUT_MS }, async () => {
    const run = await server.client().submit({ prompt: '[[text n=60 delay=30]]' });
    const { whole } = await followUntil(server.client(), run.id, isDelta);
    process.kill(await cliOf(run), 'SIGSTOP');
    const frames = await whole;
    expect(wedges(frames)).toHaveLength(1);
    const ended = await server.client().run(run.id);
    expect(ended).toMatchObject({ state: 'completed', attempts: 2 });
    expect(ended.result?.text.trimEnd().endsWith('w60')).toBe(true);
    expect(server.output()).toContain('an agent process is wedged');
  });

  it('while a tool works is left to it, and ended after that', { timeout: TIMEOUT_MS }, async () => {
    const run = await server
      .client()
      .submit({ prompt: '[[bash sleep 6; echo x >> effects]] [[bash cat effects]] [[result]]' });
    const { whole } = await followUntil(server.client(), run.id, isTool);
    const cli = await cliOf(run);
    const works = async () => {
      const { all } = await anatomyOf(`${server.dataDir}#${run.sessionId}`);
      return Promise.all(all.map(commandOf));
    };
    await vi.waitFor(async () => expect(await works()).toContain('sleep 6'), { timeout: 20_000 });
    process.kill(cli, 'SIGSTOP');
    const frames = await whole;
    expect(wedges(frames)).toHaveLength(1);
    const ended = await server.client().run(run.id);
    expect(ended).toMatchObject({ state: 'completed', attempts: 2 });
    // It had come to its end before its CLI was ended, and once.
    expect(ended.result?.text).toBe('x');
  });

  it.each([
    ['a tool that takes long', '[[bash sleep 9]] [[say done]]'],
    ['a model that takes long', '[[slow first=8000]] [[say done]]'],
    ['a model that is silent in mid-answer', '[[reply [[say so]] [[pause 8000]] [[say done]]]]'],
    ['a retry that is to come', '[[error 429 retry-after=8 times=1]] [[say done]]'],
  ])('is not %s', { timeout: TIMEOUT_MS }, async (_name, prompt) => {
    const { id } = await server.client().submit({ prompt });
    expect(wedges(await collect(server.client().follow(id)))).toEqual([]);
    expect(await server.client().run(id)).toMatchObject({ state: 'completed', attempts: 1, result: { text: 'done' } });
  });

  it('is not one that waits for a person', { timeout: TIMEOUT_MS }, async () => {
    const { id } = await server.client().submit({ prompt: '[[write made | x]] [[say done]]', ...ASKS });
    const [asked] = await openApprovals(server.client(), id);
    await delay(7000);
    await server.client().approve(id, asked!.id, { decision: 'allow' });
    expect(wedges(await collect(server.client().follow(id)))).toEqual([]);
    expect(await server.client().run(id)).toMatchObject({ state: 'completed', attempts: 1 });
  });
});
