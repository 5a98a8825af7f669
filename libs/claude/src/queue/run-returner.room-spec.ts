import { type RedisConnections } from '@steward/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { newRunId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { LogWriter, recordKey, RunLogStore } from '../stream/index.js';
import { outcomeOfError, patchOf, type RunOutcome } from './run-outcome.js';
import { RunReturner } from './run-returner.js';
import { RunStore } from './run.store.js';
import { type RunRecord } from './run.types.js';
import { NO_ADVICE } from './trouble-watch.js';
import { ScheduleStore } from './schedule.store.js';

const OWN_DATABASE = 9;
const BOUNDS = { maxDeltaBytes: 1e6, maxOutputBytes: 1e6 };
const CRASHED = outcomeOfError(new ClaudeError('cli.crashed'), null);

const MET = { advice: NO_ADVICE, usedMs: 0 };

/** Real: Redis, the log, runs, schedule. By hand: who ends a run, and everybody whom this does not concern. */
describe('a run that is put back', () => {
  let redis: RedisConnections;
  let runs: RunStore;
  let log: RunLogStore;
  let returner: RunReturner;
  const released: string[] = [];

  const writerOf = (runId: string, head: { epoch: number; lastSeq: number }) =>
    new LogWriter(log, { runId, ...head, ...BOUNDS });
  const end = async (run: RunRecord, writer: LogWriter, outcome: RunOutcome) => {
    await writer.end('run.cancelled', { error: outcome.error } as never, patchOf(outcome));
    expect(run.id).toBeDefined();
  };

  beforeEach(async () => {
    redis = await connectRedis(OWN_DATABASE);
    await redis.commands.flushdb();
    released.length = 0;
    runs = new RunStore(redis);
    log = new RunLogStore(redis);
    const takeOver = async (id: string) => {
      const head = await log.takeEpoch(id);
      return head && { writer: writerOf(id, head), epoch: head.epoch };
    };
    const parts = [
      {
        options: { retryBaseMs: 1, retryMaxMs: 1, parkAfterMs: 1, retryAfterMaxMs: 3_600_000 },
        runTimeoutMs: () => 60_000,
      },
      { maxAttempts: () => 3, approvals: () => null },
      runs,
      { takeOver },
      new ScheduleStore(redis, { options: { maxTotalProcesses: 0 } } as never),
      { beat: () => Promise.resolve(), pump: () => Promise.resolve() },
      { end, release: ({ id }: RunRecord) => Promise.resolve(void released.push(id)) },
      { count: () => undefined },
      {},
      {},
      { take: () => Promise.resolve(true) },
      { note: () => undefined, after: (_run: RunRecord, { how }: { how: unknown }) => how },
      {},
    ];
    returner = new RunReturner(...(parts as unknown as ConstructorParameters<typeof RunReturner>));
  });
  afterEach(async () => {
    await redis.commands.flushdb();
    await redis.close();
  });

  /** One that is running in its first attempt. */
  async function running(): Promise<{ run: RunRecord; writer: LogWriter }> {
    const id = newRunId();
    const fields = { tenant: 't', user: 'ann', sessionId: newRunId(), createdAt: 'then', state: 'running' };
    await redis.commands.hset(recordKey(id), { ...fields, epoch: 1, lastSeq: 0, request: '{}' });
    return { run: (await runs.get(id))!, writer: writerOf(id, { epoch: 1, lastSeq: 0 }) };
  }
  const stateOf = async (id: string) => (await runs.get(id))?.state;

  it('waits again, where nobody wants its end', async () => {
    const { run, writer } = await running();
    expect(await returner.putBack(run, writer, CRASHED, MET)).toBe(true);
    expect(await stateOf(run.id)).toBe('pending');
    await returner.place(run);
    expect(released).toEqual([]);
  });

  it('has ended before it has a place, where somebody asked for that when its attempt heard nothing any more', async () => {
    const { run, writer } = await running();
    expect(await runs.requestCancel(run.id)).toBe('running');
    expect(await returner.putBack(run, writer, CRASHED, MET)).toBe(true);
    expect(await stateOf(run.id)).toBe('cancelled');
    // Its place is free when nothing of the attempt is left here.
    expect(released).toEqual([]);
    await returner.place(run);
    expect(released).toEqual([run.id]);
    expect(await stateOf(run.id)).toBe('cancelled');
  });

  it('stays ended, where somebody ended it between the two steps', async () => {
    const { run, writer } = await running();
    await returner.putBack(run, writer, CRASHED, MET);
    expect(await runs.requestCancel(run.id)).toBe('pending');
    const head = (await log.takeEpoch(run.id))!;
    await end(run, writerOf(run.id, head), outcomeOfError(new ClaudeError('run.cancelled'), null));
    await returner.place(run);
    expect(await stateOf(run.id)).toBe('cancelled');
    expect(await redis.commands.zcard('steward:runs:waiting')).toBe(0);
    expect(await redis.commands.llen(`steward:session-queue:${run.sessionId}`)).toBe(0);
  });
});
