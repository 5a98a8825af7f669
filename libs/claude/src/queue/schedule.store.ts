import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { DUE, ENSURE, PICK, POSITION } from './schedule-scripts.js';

const WORKERS = 'steward:sched:workers';
const CAPACITY = 'steward:sched:capacity';
const PAUSED = 'steward:sched:paused';
/** Most runs of one step; a script blocks Redis while it runs. */
const BATCH = 100;

/** A worker as all servers see it. */
export interface WorkerView {
  readonly id: string;
  /** Runs that it carries at once, at most. */
  readonly capacity: number;
}

/** The schedule in Redis: who waits, who may start, who works. */
@Injectable()
export class ScheduleStore {
  constructor(private readonly redis: RedisConnections) {}

  /** Gives free places to waiting runs. @returns the runs that may start now */
  pick(): Promise<string[]> {
    return PICK.run(this.redis.commands, [], [Date.now(), BATCH]);
  }

  /** Lets runs whose moment has come take their turn. @returns when the next one is due (epoch ms), null when none is */
  async due(): Promise<{ readonly moved: number; readonly nextAt: number | null }> {
    const [moved, next] = await DUE.run(this.redis.commands, [], [Date.now(), BATCH]);
    return { moved, nextAt: Number(next) < 0 ? null : Number(next) };
  }

  /** Repairs the place of a pending run. */
  ensure(runId: string): Promise<'slot' | 'ready' | 'waits'> {
    return ENSURE.run(this.redis.commands, [], [runId]);
  }

  /** Place among those who wait, 1 is next; null when it waits for something else, or not at all. */
  async position(runId: string): Promise<number | null> {
    return (await POSITION.run(this.redis.commands, [], [runId])) || null;
  }

  /** This worker lives, and carries so many runs at once. */
  async beat(workerId: string, capacity: number, untilMs: number): Promise<void> {
    await this.redis.commands.multi().zadd(WORKERS, untilMs, workerId).hset(CAPACITY, workerId, capacity).exec();
  }

  async removeWorker(workerId: string): Promise<void> {
    await this.redis.commands.multi().zrem(WORKERS, workerId).hdel(CAPACITY, workerId).exec();
  }

  /** Workers that live; those that do not are forgotten on the way. */
  async workers(): Promise<WorkerView[]> {
    const now = Date.now();
    const gone = await this.redis.commands.zrange(WORKERS, '-inf', `(${now}`, 'BYSCORE');
    for (const id of gone) await this.removeWorker(id);
    const ids = await this.redis.commands.zrange(WORKERS, String(now), '+inf', 'BYSCORE');
    const capacities = ids.length > 0 ? await this.redis.commands.hmget(CAPACITY, ...ids) : [];
    return ids.map((id, at) => ({ id, capacity: Number(capacities[at] ?? 0) }));
  }

  async setPaused(paused: boolean): Promise<void> {
    if (paused) await this.redis.commands.set(PAUSED, '1');
    else await this.redis.commands.del(PAUSED);
  }

  async isPaused(): Promise<boolean> {
    return (await this.redis.commands.exists(PAUSED)) === 1;
  }

  /** Runs that have a place now, waiting ones by owner. */
  async figures(): Promise<{ readonly placed: number; readonly waiting: Readonly<Record<string, number>> }> {
    const [placed, waiting] = await Promise.all([
      this.redis.commands.hlen('steward:sched:slots'),
      this.redis.commands.hgetall('steward:sched:waiting'),
    ]);
    return { placed, waiting: Object.fromEntries(Object.entries(waiting).map(([owner, n]) => [owner, Number(n)])) };
  }
}
