import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { type Owner } from '../session/index.js';
import { DUE, ENSURE, PARK, PICK, PICK_MOST, POSITION, PUT_BACK, WAKE } from './schedule-scripts.js';
import { ClaudeConfigService } from '../config/index.js';
import { ALIVE_MS } from './queue.constants.js';
import { type WaitingFor } from './run.types.js';
import { type WorkerView, type WorkerWish } from './worker.types.js';

const WORKERS = 'steward:sched:workers';
const CAPACITY = 'steward:sched:capacity';
/** Most runs that may have a place; 0: as many as the workers carry. */
const MOST = 'steward:sched:most';
const PAUSED = 'steward:sched:paused';
/** What each worker says of itself, and what operators want of it. */
const INFO = 'steward:sched:worker-info';
const WISHES = 'steward:sched:worker-wishes';

/** A worker that was silent for so long will not come back. */
const GONE_MS = 15_000;

/** The schedule in Redis: who waits, who may start, who works. */
@Injectable()
export class ScheduleStore {
  constructor(
    private readonly redis: RedisConnections,
    private readonly config: ClaudeConfigService,
  ) {}

  /** Gives free places to waiting runs. @returns the runs that may start now */
  pick(): Promise<string[]> {
    return PICK.run(this.redis.commands, [], [Date.now(), PICK_MOST]);
  }

  /** Lets runs whose moment has come take their turn. @returns when the next one is due (epoch ms), null when none is */
  async due(): Promise<{ readonly moved: number; readonly nextAt: number | null }> {
    const [moved, next] = await DUE.run(this.redis.commands, [], [Date.now(), PICK_MOST]);
    return { moved, nextAt: Number(next) < 0 ? null : Number(next) };
  }

  /** Repairs the place of a pending run. */
  ensure(runId: string): Promise<'slot' | 'ready' | 'waits'> {
    return ENSURE.run(this.redis.commands, [], [runId]);
  }

  /** A run that was put back takes its place among those that wait. Repeatable. */
  async putBack(runId: string): Promise<void> {
    await PUT_BACK.run(this.redis.patient, [], [runId]);
  }

  /** A run takes its turn now. @returns false when that is not what it waits for */
  async wake(runId: string, waitingFor: WaitingFor): Promise<boolean> {
    return (await WAKE.run(this.redis.patient, [], [runId, Date.now(), waitingFor])) === 1;
  }

  /** Nothing of this caller starts before then (epoch ms). */
  async park({ tenant, user }: Owner, untilMs: number): Promise<void> {
    await PARK.run(this.redis.patient, [], [`${tenant}:${user}`, untilMs]);
  }

  /** Until when (epoch ms) nothing of this caller starts; null: it may. */
  async parkedUntil({ tenant, user }: Owner): Promise<number | null> {
    const until = Number(await this.redis.commands.hget('steward:sched:parked', `${tenant}:${user}`));
    return until > Date.now() ? until : null;
  }

  /** Place among those who wait, 1 is next; null when it waits for something else, or not at all. */
  async position(runId: string): Promise<number | null> {
    return (await POSITION.run(this.redis.commands, [], [runId])) || null;
  }

  /**
   * This worker lives, and has so many places.
   *
   * @returns what an operator wants of it
   */
  async beat(worker: WorkerView, places: number, untilMs: number): Promise<WorkerWish> {
    const { id } = worker;
    const { maxTotalProcesses } = this.config.options;
    const beat = this.redis.commands.multi();
    if (maxTotalProcesses > 0) beat.set(MOST, maxTotalProcesses);
    else beat.del(MOST);
    const answers = await beat
      .zadd(WORKERS, untilMs, id)
      .hset(CAPACITY, id, places)
      .hset(INFO, id, JSON.stringify(worker))
      .hget(WISHES, id)
      .exec();
    return JSON.parse((answers?.at(-1)?.[1] as string | null) ?? '{}') as WorkerWish;
  }

  /** When a worker last said that it lives (epoch ms); 0: nobody knows of it. */
  async lastBeat(id: string): Promise<number> {
    const until = await this.redis.commands.zscore(WORKERS, id);
    return until === null ? 0 : Number(until) - ALIVE_MS;
  }

  async removeWorker(id: string): Promise<void> {
    const forget = this.redis.commands.multi().zrem(WORKERS, id);
    for (const key of [CAPACITY, INFO, WISHES]) forget.hdel(key, id);
    await forget.exec();
  }

  /** Forgets workers that were killed. Repeatable. */
  async forgetGone(): Promise<void> {
    const gone = await this.redis.commands.zrange(WORKERS, '-inf', `(${Date.now() - GONE_MS}`, 'BYSCORE');
    for (const id of gone) await this.removeWorker(id);
  }

  /** Workers that live. */
  async workers(): Promise<WorkerView[]> {
    const ids = await this.redis.commands.zrange(WORKERS, String(Date.now()), '+inf', 'BYSCORE');
    const infos = ids.length > 0 ? await this.redis.commands.hmget(INFO, ...ids) : [];
    return infos.flatMap((info) => (info === null ? [] : [JSON.parse(info) as WorkerView]));
  }

  /** @returns false when no such worker lives */
  async wish(id: string, wish: WorkerWish): Promise<boolean> {
    if (!(await this.workers()).some((worker) => worker.id === id)) return false;
    const before = JSON.parse((await this.redis.commands.hget(WISHES, id)) ?? '{}') as WorkerWish;
    await this.redis.commands.hset(WISHES, id, JSON.stringify({ ...before, ...wish }));
    return true;
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
