import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { type Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { type Frame } from './frame.types.js';
import { LogTail } from './log-tail.js';
import { frameOf, logKey, RunLogStore } from './run-log.store.js';

/** A blocked read is renewed now and then, so that a dead connection is noticed. */
const BLOCK_MS = 15_000;
const RETRY_MS = 200;
const READ_COUNT = 1000;

/**
 * One blocking read for all followed runs of this process. A stream of its own wakes it when the set of runs changes:
 * an entry there is seen whether the read is already blocked or only about to be.
 */
@Injectable()
export class LogTailer implements OnApplicationShutdown {
  private readonly logger = new Logger(LogTailer.name);
  private readonly tails = new Map<string, LogTail>();
  private readonly wakeKey = `steward:wake:${uuid()}`;
  private wakeCursor = '0-0';
  private connection: Redis | undefined;
  private loop: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly redis: RedisConnections,
    private readonly log: RunLogStore,
  ) {}

  /** Follows a run until `release`; null when it has no log. */
  async follow(runId: string): Promise<LogTail | null> {
    let tail = this.tails.get(runId);
    if (!tail) {
      const head = await this.log.head(runId);
      if (!head) return null;
      tail = this.tails.get(runId);
      if (!tail) {
        tail = new LogTail(head.lastSeq);
        this.tails.set(runId, tail);
        await this.wake();
      }
    }
    tail.readers += 1;
    this.loop ??= this.run();
    return tail;
  }

  release(runId: string, tail: LogTail): void {
    tail.readers -= 1;
    if (tail.readers === 0 && this.tails.get(runId) === tail) this.tails.delete(runId);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.connection?.disconnect();
    await this.loop;
    if (this.connection) await this.redis.commands.del(this.wakeKey).catch(() => undefined);
  }

  private async wake(): Promise<void> {
    await this.redis.commands
      .multi()
      .xadd(this.wakeKey, 'MAXLEN', 1, '*', 'w', '1')
      .pexpire(this.wakeKey, 4 * BLOCK_MS)
      .exec();
  }

  private async run(): Promise<void> {
    this.connection ??= this.redis.blocking('log-tailer');
    while (!this.stopped) {
      try {
        await this.readOnce(this.connection);
      } catch (error) {
        if (this.stopped) return;
        this.logger.warn({ reason: (error as Error).message }, 'reading the logs failed; trying again');
        await delay(RETRY_MS);
      }
    }
  }

  private async readOnce(connection: Redis): Promise<void> {
    const followed = [...this.tails];
    const keys = [this.wakeKey, ...followed.map(([runId]) => logKey(runId))];
    const cursors = [this.wakeCursor, ...followed.map(([, tail]) => `${tail.cursor}-0`)];
    const reply = await connection.xread('COUNT', READ_COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...cursors);
    const byKey = new Map(followed.map(([runId, tail]) => [logKey(runId), tail]));
    for (const [key, entries] of reply ?? []) {
      if (key === this.wakeKey) this.wakeCursor = entries.at(-1)?.[0] ?? this.wakeCursor;
      else byKey.get(key)?.receive(entries.map(frameOf) satisfies Frame[]);
    }
  }
}
