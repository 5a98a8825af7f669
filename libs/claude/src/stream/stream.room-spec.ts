import { type RedisConnections } from '@steward/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { newRunId } from '../config/index.js';
import { type ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeStreamService } from './claude-stream.service.js';
import { type Frame } from './frame.types.js';
import { LogTailer } from './log-tailer.js';
import { logKey, recordKey, RunLogStore } from './run-log.store.js';

const NO_METRICS = { count: () => undefined, add: () => undefined } as unknown as ClaudeMetricsService;
const ENDED = {
  usageByModel: {},
  metering: null,
  resources: null,
  result: null,
  usage: { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
  costUsd: '0',
};

describe('the log of a run', () => {
  let redis: RedisConnections;
  let tailer: LogTailer;
  let stream: ClaudeStreamService;
  let log: RunLogStore;
  let runId: string;

  beforeEach(async () => {
    redis = await connectRedis();
    log = new RunLogStore(redis);
    tailer = new LogTailer(redis, log);
    stream = new ClaudeStreamService(log, tailer, NO_METRICS);
    runId = newRunId();
    await redis.commands.hset(recordKey(runId), { epoch: 0, lastSeq: 0, state: 'pending' });
  });
  afterEach(async () => {
    await tailer.onApplicationShutdown();
    await redis.commands.del(recordKey(runId), logKey(runId));
    await redis.close();
  });

  const delta = (text: string) => ({ text, messageId: 'm', block: 0 });
  const forever = new AbortController().signal;
  async function read(after: number, signal = forever): Promise<Frame[]> {
    const all: Frame[] = [];
    for await (const frames of stream.follow(runId, { after, signal })) all.push(...frames);
    return all;
  }
  const textOf = (frames: readonly Frame[]) =>
    frames
      .map((frame) => (frame.type === 'text.delta' ? (JSON.parse(frame.dataJson) as { text: string }).text : ''))
      .join('');

  it('gives each event its seq at once, and the terminal one with the record', async () => {
    const writer = stream.writer(runId, { epoch: 0, lastSeq: 0 });
    expect([writer.push('text.delta', delta('a')), writer.push('text.delta', delta('b'))]).toEqual([1, 2]);
    expect(await writer.end('run.completed', ENDED, { state: 'completed', waitingFor: null })).toBe(3);
    expect(await redis.commands.hgetall(recordKey(runId))).toMatchObject({
      state: 'completed',
      lastSeq: '3',
      ended: '1',
    });
    expect(() => writer.push('text.delta', delta('late'))).toThrow();
    expect((await read(0)).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'text.delta'],
      [2, 'text.delta'],
      [3, 'run.completed'],
    ]);
  });

  it('refuses a writer of an old epoch, which learns of it', async () => {
    const old = stream.writer(runId, { epoch: 0, lastSeq: 0 });
    old.push('text.delta', delta('mine'));
    await old.settle();
    const taken = await stream.takeOver(runId);
    old.push('text.delta', delta('too late'));
    await expect(old.settle()).rejects.toMatchObject({ code: 'stream.stale_writer' });
    expect(old.lost.aborted).toBe(true);
    expect(taken?.writer.push('text.delta', delta('next'))).toBe(2);
    await taken?.writer.end('run.completed', ENDED, {});
    expect(textOf(await read(0))).toBe('minenext');
    expect(await stream.takeOver(runId)).toBeNull();
  });

  it('an append whose answer was lost changes nothing when it is sent again', async () => {
    const entries = [{ type: 'text.delta', at: 'now', dataJson: JSON.stringify(delta('once')) }];
    const request = { epoch: 0, expectedSeq: 0, entries };
    expect(await log.append(runId, request)).toBe(1);
    expect(await log.append(runId, request)).toBe(1);
    expect(await log.read(runId, 0, 10)).toHaveLength(1);
    await expect(log.append(runId, { ...request, expectedSeq: 5 })).rejects.toMatchObject({
      code: 'stream.stale_writer',
    });
  });

  it('readers that join at any time get the same, in order, with no hole at the seam', async () => {
    const writer = stream.writer(runId, { epoch: 0, lastSeq: 0 });
    const readers: Promise<Frame[]>[] = [];
    for (let n = 1; n <= 3000; n += 1) {
      writer.push('text.delta', delta(`${n} `));
      if (n % 300 === 1) readers.push(read(0));
      if (n % 50 === 0) await new Promise(setImmediate);
    }
    await writer.end('run.completed', ENDED, {});
    readers.push(read(0));
    for (const frames of await Promise.all(readers)) {
      expect(frames.map(({ seq }) => seq)).toEqual(Array.from({ length: 3001 }, (_one, index) => index + 1));
    }
  });

  it('a reader that takes its time loses nothing, and nothing is kept for it', async () => {
    const writer = stream.writer(runId, { epoch: 0, lastSeq: 0 });
    const piece = 'x'.repeat(10_000);
    writer.push('text.delta', delta('first '));
    const slow = stream.follow(runId, { after: 0, signal: forever });
    await slow.next();
    for (let n = 0; n < 400; n += 1) {
      writer.push('text.delta', delta(piece));
      await writer.ready();
    }
    await writer.end('run.completed', ENDED, {});
    const rest: Frame[] = [];
    for await (const frames of slow) rest.push(...frames);
    expect(textOf(rest)).toHaveLength(400 * piece.length);
    expect(rest.at(-1)?.type).toBe('run.completed');
  });

  it('ends at once behind the end, when it is told to, and when there is no run', async () => {
    const writer = stream.writer(runId, { epoch: 0, lastSeq: 0 });
    const controller = new AbortController();
    const waiting = read(0, controller.signal);
    controller.abort();
    expect(await waiting).toEqual([]);
    await writer.end('run.completed', ENDED, {});
    expect(await read(1)).toEqual([]);
    expect(await read(7)).toEqual([]);
    await expect(stream.follow(newRunId(), { after: 0, signal: forever }).next()).rejects.toMatchObject({
      code: 'run.not_found',
    });
  });
});
