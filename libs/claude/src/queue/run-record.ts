import { NO_USAGE } from '../command/index.js';
import { type RunId, type SessionId } from '../config/index.js';
import { type ErrorCode, type ErrorView } from '../error/index.js';
import { type Metering, type RunResult, type Usage, type UsageByModel } from '../stream/index.js';
import { type RunResources } from '../wrapper/index.js';
import { type RunActivityView } from './run-activity.types.js';
import {
  type CancelCode,
  type Degraded,
  type PendingFor,
  type RunProgressView,
  type RunRecord,
  type RunState,
  type RunView,
  type WaitingFor,
} from './run.types.js';

type Fields = Record<string, string>;

const parse = <T>(text: string | undefined, otherwise: T): T => (text ? (JSON.parse(text) as T) : otherwise);

/** A hash of Redis as a run; null when it is none. */
export function recordOf(id: string, fields: Fields): RunRecord | null {
  if (!fields['createdAt']) return null;
  return {
    id: id as RunId,
    sessionId: fields['sessionId'] as SessionId,
    state: fields['state'] as RunState,
    waitingFor: (fields['waitingFor'] as WaitingFor | undefined) ?? null,
    waitingUntil: untilOf(fields),
    attempts: Number(fields['attempts'] ?? 0),
    owner: { tenant: fields['tenant']!, user: fields['user']! },
    createdAt: fields['createdAt'],
    startedAt: fields['startedAt'] ?? null,
    endedAt: fields['endedAt'] ?? null,
    lastSeq: Number(fields['lastSeq'] ?? 0),
    activity: activityOf(fields),
    progress: parse<RunProgressView | null>(fields['progress'], null),
    metadata: parse<Record<string, string>>(fields['metadata'], {}),
    result: parse<RunResult | null>(fields['result'], null),
    usage: parse<Usage>(fields['usage'], NO_USAGE),
    usageByModel: parse<UsageByModel>(fields['usageByModel'], {}),
    costUsd: fields['costUsd'] ?? '0',
    metering: parse<Metering | null>(fields['metering'], null),
    resources: parse<RunResources | null>(fields['resources'], null),
    error: parse<ErrorView | null>(fields['error'], null),
    lastError: lastErrorOf(fields),
    degraded: parse<Degraded | null>(fields['degraded'], null),
    outageSince: fields['outageSince'] === undefined ? null : Number(fields['outageSince']),
    outage: fields['outage'] ?? null,
    request: parse(fields['request'], { prompt: '' }),
    cancelRequested:
      fields['cancelRequested'] === '1' ? ((fields['cancelCode'] as CancelCode | undefined) ?? 'run.cancelled') : null,
    failures: Number(fields['failures'] ?? 0),
    spentMs: Number(fields['spentMs'] ?? 0),
    claimedAt: fields['claimedAt'] ?? null,
    workersLost: Number(fields['workersLost'] ?? 0),
    worker: fields['worker'] ?? null,
    hasInput: fields['hasInput'] === '1',
    hasForeign: fields['hasForeign'] === '1',
    returnedFor: (fields['returnedFor'] as ErrorCode | undefined) ?? null,
  };
}

/** What a worker told of it while it carries the run; else what the record knows itself. */
function activityOf(fields: Fields): RunActivityView | null {
  const { state, waitingFor, createdAt = '', startedAt } = fields;
  if (state === 'running') {
    const starting = { what: 'starting', text: 'Starting.', since: startedAt ?? createdAt, until: null } as const;
    return parse<RunActivityView>(fields['activity'], starting);
  }
  if (state !== 'pending') return null;
  const what = (waitingFor as WaitingFor | undefined) ?? (fields['pendingFor'] as PendingFor | undefined) ?? 'queued';
  const since = fields['waitingSince'] ?? createdAt;
  return { what, text: textOf(what, fields), since, until: untilOf(fields) };
}

/** Who waits for an outage is tried with others, one at a time: once its moment has passed, it goes on at the latest then. */
function untilOf({ waitingFor, waitingUntil, returnAt }: Fields): string | null {
  if (waitingUntil === undefined) return null;
  if (waitingFor !== 'outage' || Date.parse(waitingUntil) > Date.now()) return waitingUntil;
  return new Date(Number(returnAt ?? 0)).toISOString();
}

/** Of a run that has not ended. */
function lastErrorOf({ endedAt, returnedError }: Fields): ErrorView | null {
  return endedAt === undefined ? parse<ErrorView | null>(returnedError, null) : null;
}

function textOf(what: keyof typeof PENDING, fields: Fields): string {
  const error = lastErrorOf(fields);
  if (what !== 'outage' || !error) return PENDING[what];
  const { cause } = error.details;
  const why = error.code === 'breaker.open' && typeof cause === 'string' ? cause : error.code;
  return `${PENDING[what].slice(0, -1)} (${why}); attempts so far: ${fields['attempts'] ?? 0}.`;
}

const PENDING: Readonly<Record<WaitingFor | PendingFor | 'queued' | 'outage', string>> = {
  outage: 'Waiting for the model provider, or something else that is away.',
  alone: 'Waiting until it is alone on its worker.',
  lease: 'Waiting for its session, which another worker has.',
  queued: 'Waiting for its turn.',
  start_at: 'Waiting for its moment.',
  retry: 'Waiting for the next attempt.',
  rate_limit: 'Waiting for the end of a limit of the model provider.',
  approval: 'Waiting for the answer of a person.',
};

/** One that would start if its caller were not parked: it waits for the limit that another run met. */
export function asParked(run: RunRecord, parkedUntil: number | null): RunRecord {
  if (parkedUntil === null || run.state !== 'pending' || run.waitingFor !== null) return run;
  const until = new Date(parkedUntil).toISOString();
  const since = run.activity?.since ?? run.createdAt;
  const text = 'Waiting for the end of a limit of the model provider, which another run of this caller met.';
  return {
    ...run,
    waitingFor: 'rate_limit',
    waitingUntil: until,
    activity: { what: 'rate_limit', text, since, until },
  };
}

/** What a caller sees: without the request, which may hold what only its author should read again. */
export function viewOf(record: RunRecord): RunView {
  const {
    request: _request,
    cancelRequested: _cancel,
    failures: _failures,
    spentMs: _spent,
    claimedAt: _claimed,
    outageSince: _outage,
    outage: _what,
    workersLost: _lost,
    worker: _worker,
    returnedFor: _why,
    hasInput: _input,
    hasForeign: _foreign,
    ...view
  } = record;
  return view;
}
