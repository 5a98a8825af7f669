import { type RedisConnections } from '@steward/redis';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { type ClaudeConfigService, newRunId } from '../config/index.js';
import { type ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeStreamService } from './claude-stream.service.js';
import { type Frame } from './frame.types.js';
import { LogTailer } from './log-tailer.js';
import { RunIndexStore } from './run-index.store.js';
import { RunLogStore } from './run-log.store.js';
import { type FollowOptions } from './run-reader.js';
import { feedKey, logKeys, recordKey } from './stream-keys.js';

const NO_METRICS = { count: () => undefined, add: () => undefined } as unknown as ClaudeMetricsService;
export const FOREVER = new AbortController().signal;
export const ENDED = {
  usageByModel: {},
  metering: null,
  resources: null,
  result: null,
  usage: { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
  costUsd: '0',
};

export interface Bounds {
  readonly runLogBytes?: number;
  readonly runOutputBytes?: number;
}

/** The stream room on a real Redis, as one process has it, and one run. */
export class StreamFixture {
  readonly owner = { tenant: 'test', user: newRunId() };
  private readonly made: string[] = [];

  private constructor(
    readonly redis: RedisConnections,
    readonly log: RunLogStore,
    private readonly tailer: LogTailer,
    readonly stream: ClaudeStreamService,
  ) {}

  static async open({ runLogBytes = 16 * 1024 ** 2, runOutputBytes = 1024 ** 3 }: Bounds = {}): Promise<StreamFixture> {
    const redis = await connectRedis();
    const log = new RunLogStore(redis);
    const tailer = new LogTailer(redis);
    const config = { options: { runLogBytes, runOutputBytes } } as unknown as ClaudeConfigService;
    const stream = new ClaudeStreamService(log, new RunIndexStore(redis), tailer, config, NO_METRICS);
    return new StreamFixture(redis, log, tailer, stream);
  }

  /** A run that is accepted, with nothing in its log. */
  async run(sessionId = 'none'): Promise<string> {
    const id = newRunId();
    this.made.push(id);
    const fields = { ...this.owner, sessionId, epoch: 0, lastSeq: 0, state: 'pending' };
    await this.redis.commands.hset(recordKey(id), fields);
    return id;
  }

  async read(runId: string, options: Partial<FollowOptions> = {}): Promise<Frame[]> {
    const all: Frame[] = [];
    for await (const frames of this.stream.follow(runId, { after: 0, signal: FOREVER, ...options }))
      all.push(...frames);
    return all;
  }

  async close(): Promise<void> {
    await this.tailer.onApplicationShutdown();
    const keys = this.made.flatMap((id) => [recordKey(id), ...logKeys(id)]);
    await this.redis.commands.del(feedKey(this.owner), ...keys);
    await this.redis.close();
  }
}

export const delta = (text: string, messageId = 'm', block = 0) => ({ text, messageId, block });

/** The text that a reader has after these frames: deltas, snapshots, and what a repeated answer voids. */
export function textOf(frames: readonly Frame[]): string {
  let parts: { text: string; messageId: string; seq: number }[] = [];
  for (const { type, seq, dataJson } of frames) {
    const data = JSON.parse(dataJson) as Record<string, never>;
    if (type === 'text.delta') parts.push({ text: data['text']!, messageId: data['messageId']!, seq });
    if (type === 'text.replaced')
      parts = parts.filter(
        (part) => part.messageId !== data['messageId'] || part.seq < data['fromSeq']! || part.seq > data['throughSeq']!,
      );
    if (type === 'run.resumed' && data['fromSeq'] !== null)
      parts = parts.filter(({ seq: at }) => at < data['fromSeq']! || at > data['throughSeq']!);
    if (type === 'stream.snapshot') {
      let at = 0;
      const segments = data['segments'] as unknown as {
        type: string;
        messageId: string;
        throughSeq: number;
        length: number;
      }[];
      parts = segments
        .filter((segment) => segment.type === 'text.delta')
        .map(({ messageId, throughSeq, length }) => {
          const text = String(data['text']).slice(at, at + length);
          at += length;
          return { text, messageId, seq: throughSeq };
        });
    }
  }
  return parts.map(({ text }) => text).join('');
}

/** Whether each frame follows the one before it; a snapshot stands at its `throughSeq`. */
export function holesIn(frames: readonly Frame[], after = 0): string[] {
  let position = after;
  const holes: string[] = [];
  for (const { fromSeq, seq, type } of frames) {
    if (!type.startsWith('stream.') && fromSeq !== position + 1) holes.push(`${type} ${fromSeq} after ${position}`);
    position = seq;
  }
  return holes;
}
