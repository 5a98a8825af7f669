import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { ClaudeError } from '../error/index.js';
import { decodeCursor, encodeCursor, type Owner, type Page, sessionKey, sessionQueueKey } from '../session/index.js';
import { feedKey, logKey, logKeys, recordKey, sessionRunsKey } from '../stream/index.js';
import { recordOf } from './run-record.js';
import { ACCEPT, CLAIM, RELEASE, REQUEST_CANCEL } from './run-scripts.js';
import { type Reservation } from './run-budgets.js';
import { type RunRecord, type RunRequest, type RunState } from './run.types.js';

/** Runs that are accepted and not released, by id, which is by time. */
const OPEN_RUNS = 'steward:runs:open';
/** Those of them that no worker has begun. */
const WAITING_RUNS = 'steward:runs:waiting';
const ownerRunsKey = ({ tenant, user }: Owner): string => `steward:runs:${tenant}:${user}`;
/** Ids of one look while a filtered page is filled. */
const SCAN = 100;

export interface AcceptRequest {
  readonly id: string;
  readonly owner: Owner;
  readonly sessionId: string;
  readonly request: RunRequest;
  readonly maxWaiting: number;
  readonly reservation: Reservation;
}

export interface Claim {
  readonly epoch: number;
  readonly lastSeq: number;
  readonly attempt: number;
}

/** How long an ended run stays readable, in milliseconds. */
export interface RunRetention {
  readonly recordMs: number;
  readonly logMs: number;
}

export interface RunFilter {
  readonly state?: RunState | undefined;
  readonly sessionId?: string | undefined;
}

/** Runs in Redis: one hash each, an index per owner, the set of the open ones, a queue per session. */
@Injectable()
export class RunStore {
  constructor(private readonly redis: RedisConnections) {}

  /** @returns number of runs of the session that come first; -1 when a run of this id was accepted before */
  async accept({ id, owner, sessionId, request, maxWaiting, reservation }: AcceptRequest): Promise<number> {
    const now = reservation.at.toISOString();
    const fields = {
      tenant: owner.tenant,
      user: owner.user,
      sessionId,
      state: 'pending',
      createdAt: now,
      request: JSON.stringify(request),
      metadata: JSON.stringify(request.metadata ?? {}),
    };
    const keys = [
      recordKey(id),
      logKey(id),
      OPEN_RUNS,
      ownerRunsKey(owner),
      sessionKey(sessionId),
      sessionQueueKey(sessionId),
      WAITING_RUNS,
      feedKey(owner),
      sessionRunsKey(sessionId),
      ...reservation.keys(id),
    ];
    const reject = request.busyPolicy === 'reject' ? 1 : 0;
    const args = [id, now, maxWaiting, reject, 1, ...reservation.args, ...Object.entries(fields).flat()];
    const [accepted, answer] = await ACCEPT.run(this.redis.commands, keys, args);
    if (accepted === 1) return answer as number;
    if (answer === 'full') throw new ClaudeError('queue.full', { waiting: maxWaiting });
    if (answer === 'day' || answer === 'month') throw reservation.refused(answer);
    throw new ClaudeError(answer === 'busy' ? 'session.busy' : 'session.not_found');
  }

  async get(id: string): Promise<RunRecord | null> {
    return recordOf(id, await this.redis.commands.hgetall(recordKey(id)));
  }

  /** The caller's runs, newest first. Runs that have left Redis drop out of the index on the way. */
  async list(owner: Owner, filter: RunFilter, limit: number, cursor: string | undefined): Promise<Page<RunRecord>> {
    const found: RunRecord[] = [];
    let before = cursor === undefined ? '+' : `(${decodeCursor('processes', cursor)}`;
    for (;;) {
      const ids = await this.redis.commands.zrange(ownerRunsKey(owner), before, '-', 'BYLEX', 'REV', 'LIMIT', 0, SCAN);
      for (const id of ids) {
        const record = await this.get(id);
        if (!record) await this.redis.commands.zrem(ownerRunsKey(owner), id);
        else if (matches(record, filter)) found.push(record);
        if (found.length > limit)
          return { data: found.slice(0, limit), nextCursor: encodeCursor('processes', found[limit - 1]!.id) };
      }
      if (ids.length < SCAN) return { data: found, nextCursor: null };
      before = `(${ids.at(-1)!}`;
    }
  }

  /** Begins an attempt; otherwise the state that is in the way, null when the run is gone. */
  async claim(id: string): Promise<Claim | RunState | null> {
    const answer = await CLAIM.run(this.redis.patient, [recordKey(id), WAITING_RUNS], [new Date().toISOString(), id]);
    if (!Array.isArray(answer)) return answer as RunState | null;
    const [epoch, lastSeq, attempt] = answer;
    return { epoch, lastSeq, attempt };
  }

  /** @returns the state at that moment; null when the run is gone */
  async requestCancel(id: string): Promise<RunState | null> {
    return (await REQUEST_CANCEL.run(this.redis.commands, [recordKey(id)], [])) as RunState | null;
  }

  async cancelRequested(id: string): Promise<boolean> {
    return (await this.redis.commands.hget(recordKey(id), 'cancelRequested')) === '1';
  }

  /** @returns the run that is next in the session, if any */
  async release(run: Pick<RunRecord, 'id' | 'sessionId'>, retention: RunRetention): Promise<string | null> {
    const keys = [recordKey(run.id), OPEN_RUNS, sessionQueueKey(run.sessionId), WAITING_RUNS, ...logKeys(run.id)];
    return RELEASE.run(this.redis.patient, keys, [run.id, retention.recordMs, retention.logMs]);
  }

  async queueOfSession(sessionId: string): Promise<string[]> {
    return this.redis.commands.lrange(sessionQueueKey(sessionId), 0, -1);
  }

  /** Open runs after an id, oldest first. */
  async open(after: string | null, limit: number): Promise<string[]> {
    return this.redis.commands.zrange(OPEN_RUNS, after === null ? '-' : `(${after}`, '+', 'BYLEX', 'LIMIT', 0, limit);
  }

  async openCount(): Promise<number> {
    return this.redis.commands.zcard(OPEN_RUNS);
  }

  async waitingCount(): Promise<number> {
    return this.redis.commands.zcard(WAITING_RUNS);
  }

  /** Place among the waiting runs, 1 is first; null when it does not wait. */
  async position(id: string): Promise<number | null> {
    const rank = await this.redis.commands.zrank(WAITING_RUNS, id);
    return rank === null ? null : rank + 1;
  }

  /** A run that is in the set of open ones without a record has nothing left to end. */
  async forget(id: string): Promise<void> {
    await this.redis.commands.multi().zrem(OPEN_RUNS, id).zrem(WAITING_RUNS, id).exec();
  }
}

const matches = (record: RunRecord, { state, sessionId }: RunFilter): boolean =>
  (state === undefined || record.state === state) && (sessionId === undefined || record.sessionId === sessionId);
