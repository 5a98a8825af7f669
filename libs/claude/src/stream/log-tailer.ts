import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { type Redis } from 'ioredis';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { type Tail } from './tail.types.js';

/** A blocked read is renewed now and then, so that a dead connection is noticed. */
const BLOCK_MS = 15_000;
const RETRY_MS = 200;
const READ_COUNT = 1000;

interface Followed {
  readonly tail: Tail;
  readers: number;
}

/**
 * One blocking read for all streams that this process follows. A stream of its own wakes it when the set of them
 * changes: an entry there is seen whether the read is already blocked or only about to be.
 */
@Injectable()
export class LogTailer implements OnApplicationShutdown {
  private readonly logger = new Logger(LogTailer.name);
  private readonly followed = new Map<string, Followed>();
  private readonly wakeKey = `steward:wake:${uuid()}`;
  private wakeCursor = '0-0';
  private connection: Redis | undefined;
  private loop: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly redis: RedisConnections) {}

  /** Follows a stream until `release`. Who comes second shares the tail that is there; null when `open` finds nothing. */
  async follow<T extends Tail>(key: string, open: () => Promise<T | null>): Promise<T | null> {
    const shared = this.share(key);
    if (shared) return shared as T;
    const tail = await open();
    // Somebody else may have come while it was opened.
    const other = this.share(key);
    if (other || !tail) return other as T | null;
    this.followed.set(key, { tail, readers: 1 });
    this.loop ??= this.run();
    try {
      await this.wake();
    } catch (error) {
      this.release(key, tail);
      throw error;
    }
    return tail;
  }

  private share(key: string): Tail | null {
    const one = this.followed.get(key);
    if (one) one.readers += 1;
    return one?.tail ?? null;
  }

  release(key: string, tail: Tail): void {
    const one = this.followed.get(key);
    if (one?.tail !== tail) return;
    one.readers -= 1;
    if (one.readers === 0) this.followed.delete(key);
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
        // Readers get what there is before the next question goes out.
        await nextTurn();
      } catch (error) {
        if (this.stopped) return;
        this.logger.warn({ reason: (error as Error).message }, 'reading the logs failed; trying again');
        await delay(RETRY_MS);
      }
    }
  }

  private async readOnce(connection: Redis): Promise<void> {
    const followed = [...this.followed];
    const keys = [this.wakeKey, ...followed.map(([key]) => key)];
    const cursors = [this.wakeCursor, ...followed.map(([, { tail }]) => tail.cursor)];
    const reply = await connection.xread('COUNT', READ_COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...cursors);
    const byKey = new Map(followed);
    for (const [key, entries] of reply ?? []) {
      if (key === this.wakeKey) this.wakeCursor = entries.at(-1)?.[0] ?? this.wakeCursor;
      else byKey.get(key)?.tail.receive(entries);
    }
  }
}
