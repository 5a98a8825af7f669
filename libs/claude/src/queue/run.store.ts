import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { type RunId, type SessionId, type Share } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import {
  decodeCursor,
  encodeCursor,
  type Owner,
  type Page,
  sessionKey,
  sessionDelayedKey,
  sessionQueueKey,
} from '../session/index.js';
import { feedKey, logKey, logKeys, recordKey, sessionRunsKey } from '../stream/index.js';
import { type RunActivityView } from './run-activity.types.js';
import { recordOf } from './run-record.js';
import { TELL_PENDING, TELL_PROGRESS } from './progress-script.js';
import { PICK_MOST } from './schedule-scripts.js';
import { ACCEPT, CLAIM, RELEASE, REQUEST_CANCEL } from './run-scripts.js';
import { type Reservation } from './run-budgets.js';
import {
  type CancelCode,
  type PendingFor,
  type RunPlace,
  type RunProgressView,
  type RunRecord,
  type RunRequest,
  type RunState,
} from './run.types.js';

/** Runs that are accepted and not released, by id, which is by time. */
const OPEN_RUNS = 'steward:runs:open';
/** Those of them that no worker has begun. */
const WAITING_RUNS = 'steward:runs:waiting';
const ownerRunsKey = ({ tenant, user }: Owner): string => `steward:runs:${tenant}:${user}`;
/** What one step of priority is worth, in time of waiting: a less important run is late and never starved. */
const PRIORITY_MS = 60_000;
/** Ids of one look while a filtered page is filled. */
const SCAN = 100;

export interface AcceptRequest {
  readonly id: string;
  readonly owner: Owner;
  readonly sessionId: string;
  readonly request: RunRequest;
  /** Runs that may wait at once, of all callers. */
  readonly maxWaiting: number;
  readonly share: Share;
  readonly reservation: Reservation;
  /** Whether who asks can carry it at once. */
  readonly claim: boolean;
}

export interface Accepted {
  /** Runs of the session that come first; -1 when a run of this id was accepted before. */
  readonly behind: number;
  /** The run that has to make way for it. */
  readonly interrupts: string | null;
  /** Runs that have been given a place by the way, this one among them or not; they have to be started. */
  readonly placed: readonly string[];
  /** Where it was claimed for who asked. */
  readonly claim: Claim | null;
  /** As it was written, if it was. */
  readonly run: RunRecord;
}

export interface Claim {
  readonly epoch: number;
  readonly lastSeq: number;
  readonly attempt: number;
  /** As it is from here on. */
  readonly run: RunRecord;
}

/** How far a run is, what it does, and which worker carries it. */
export interface ToldProgress {
  readonly progress: RunProgressView;
  readonly activity: RunActivityView;
  readonly worker: string;
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

  async accept(asked: AcceptRequest): Promise<Accepted> {
    const { id, owner, sessionId, request, maxWaiting, share, reservation } = asked;
    const now = reservation.at.toISOString();
    const startAt = request.startAt === undefined ? 0 : Date.parse(request.startAt);
    const later = startAt > reservation.at.getTime() ? startAt : 0;
    const fields = {
      tenant: owner.tenant,
      user: owner.user,
      sessionId,
      state: 'pending',
      createdAt: now,
      rank: String((later || reservation.at.getTime()) - (request.priority ?? 0) * PRIORITY_MS),
      request: JSON.stringify(request),
      metadata: JSON.stringify(request.metadata ?? {}),
      ...(later > 0 ? { waitingUntil: new Date(later).toISOString() } : {}),
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
    const ours = [`${owner.tenant}:${owner.user}`, share.weight, share.concurrency, share.maxWaiting, later];
    const places = [reservation.at.getTime(), PICK_MOST, asked.claim ? 1 : 0];
    const args = [id, now, maxWaiting, request.busyPolicy ?? 'enqueue', ...ours, ...reservation.args, ...places];
    const answer = await ACCEPT.run(this.redis.commands, keys, [...args, ...Object.entries(fields).flat()]);
    if (answer[0] === 1) {
      const run = recordOf(id, { ...fields, lastSeq: '1', ...(later > 0 ? { waitingFor: 'start_at' } : {}) })!;
      const [, behind, interrupts, placed, claimed] = answer;
      const claim = claimed.length > 0 ? claimOf(id, claimed) : null;
      return { behind, interrupts: interrupts || null, placed, claim, run };
    }
    const [, reason, figure, untilMs = 0] = answer;
    if (reason === 'full') throw new ClaudeError('queue.full', { waiting: figure, limit: maxWaiting, scope: 'all' });
    if (reason === 'share')
      throw new ClaudeError('queue.full', { waiting: figure, limit: share.maxWaiting, scope: 'caller' });
    if (reason === 'day' || reason === 'month') throw reservation.refused(reason);
    if (reason === 'unhealthy')
      throw new ClaudeError('session.unhealthy', { crashes: figure, until: new Date(untilMs).toISOString() });
    throw new ClaudeError(reason === 'busy' ? 'session.busy' : 'session.not_found');
  }

  async get(id: string): Promise<RunRecord | null> {
    return recordOf(id, await this.redis.commands.hgetall(recordKey(id)));
  }

  /** Where a run stands, without what it holds. */
  async place(id: string): Promise<RunPlace | null> {
    const fields = ['tenant', 'user', 'sessionId', 'endedAt', 'lastSeq'] as const;
    const [tenant, user, sessionId, endedAt, lastSeq] = await this.redis.commands.hmget(recordKey(id), ...fields);
    if (tenant == null || user == null) return null;
    return {
      id: id as RunId,
      sessionId: sessionId as SessionId,
      owner: { tenant, user },
      endedAt: endedAt ?? null,
      lastSeq: Number(lastSeq ?? 0),
    };
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
    return claimOf(id, answer as readonly string[]);
  }

  /** @returns the state at that moment; null when the run is gone */
  async requestCancel(id: string, code: CancelCode = 'run.cancelled'): Promise<RunState | null> {
    return (await REQUEST_CANCEL.run(this.redis.commands, [recordKey(id)], [code])) as RunState | null;
  }

  /** How far a run is; one that this writer has lost, or that has ended, stays as it is. */
  async tellProgress(id: string, epoch: number, told: ToldProgress): Promise<void> {
    const { progress, activity, worker } = told;
    const args = [epoch, JSON.stringify(progress), JSON.stringify(activity), worker];
    await TELL_PROGRESS.run(this.redis.commands, [recordKey(id)], args);
  }

  /** What the worker waits for that has a pending run. Nobody waits for this. */
  tellPending(id: string, why: PendingFor): void {
    TELL_PENDING.run(this.redis.commands, [recordKey(id)], [why]).catch(() => undefined);
  }

  /** Why somebody wants the run to end; null when nobody does. */
  async cancelRequested(id: string): Promise<CancelCode | null> {
    const [asked, code] = await this.redis.commands.hmget(recordKey(id), 'cancelRequested', 'cancelCode');
    return asked === '1' ? ((code as CancelCode | null) ?? 'run.cancelled') : null;
  }

  /** The same where it was asked for while an attempt had the run. */
  async cancelledRunning(id: string): Promise<CancelCode | null> {
    const [asked, code] = await this.redis.patient.hmget(recordKey(id), 'cancelledRunning', 'cancelCode');
    return asked === '1' ? (code as CancelCode) : null;
  }

  /** Whether nothing can follow in its log; also of one that has left Redis. */
  async hasEnded(id: string): Promise<boolean> {
    const [createdAt, ended] = await this.redis.patient.hmget(recordKey(id), 'createdAt', 'ended');
    return createdAt == null || ended === '1';
  }

  /** The run is over: its place is free, and the next of its session may have one. Nothing for one that has not ended. */
  async release(run: Pick<RunRecord, 'id' | 'sessionId'>, retention: RunRetention): Promise<void> {
    const ofSession = [sessionQueueKey(run.sessionId), WAITING_RUNS, sessionDelayedKey(run.sessionId)];
    const keys = [recordKey(run.id), OPEN_RUNS, ...ofSession, ...logKeys(run.id)];
    await RELEASE.run(this.redis.patient, keys, [run.id, retention.recordMs, retention.logMs]);
  }

  /** Runs of a session that have not ended: in their order, then those that wait for their moment. */
  async queueOfSession(sessionId: string): Promise<string[]> {
    const [queued, delayed] = await Promise.all([
      this.redis.commands.lrange(sessionQueueKey(sessionId), 0, -1),
      this.redis.commands.smembers(sessionDelayedKey(sessionId)),
    ]);
    return [...queued, ...delayed];
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

  /** Whether no worker has begun it. */
  async isWaiting(id: string): Promise<boolean> {
    return (await this.redis.commands.zscore(WAITING_RUNS, id)) !== null;
  }

  /** A run that is in the set of open ones without a record has nothing left to end. */
  async forget(id: string): Promise<void> {
    await this.redis.commands.multi().zrem(OPEN_RUNS, id).zrem(WAITING_RUNS, id).exec();
  }
}

const pairs = (flat: readonly string[]): [string, string][] =>
  flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]!] as [string, string]] : []));

function claimOf(id: string, record: readonly string[]): Claim {
  const fields = Object.fromEntries(pairs(record));
  const run = recordOf(id, fields)!;
  return { epoch: Number(fields['epoch']), lastSeq: run.lastSeq, attempt: run.attempts, run };
}

const matches = (record: RunRecord, { state, sessionId }: RunFilter): boolean =>
  (state === undefined || record.state === state) && (sessionId === undefined || record.sessionId === sessionId);
