import { Injectable } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { type SessionId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { sessionRunsKey } from '../stream/index.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { leaseKey, ownerSessionsKey, sessionKey, sessionQueueKey, SESSIONS_BY_USE, USER_IDS } from './session-keys.js';
import { type Owner, type Page, type SessionRecord } from './session.types.js';

/**
 * KEYS session, owner's index, index by use. ARGV id, now, limit of the owner, limit of all, (field, value)*.
 * Answers {1}, or {0, whose limit, how many there are}.
 */
const CREATE = new RedisScript<[1] | [0, 'owner' | 'all', number]>(
  'session_create',
  3,
  `
local mine, all = redis.call('ZCARD', KEYS[2]), redis.call('ZCARD', KEYS[3])
if mine >= tonumber(ARGV[3]) then return {0, 'owner', mine} end
if all >= tonumber(ARGV[4]) then return {0, 'all', all} end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
return {1}
`,
);

/**
 * A field of a session that is gone must not bring half a record back, and who lost the lease writes nothing.
 * KEYS session, index by use. ARGV epoch (empty: whoever), id, now in ms (empty: no run ended), (field, value)*.
 */
const UPDATE = new RedisScript<number>(
  'session_update',
  2,
  `
local known = redis.call('HMGET', KEYS[1], 'createdAt', 'epoch')
if not known[1] then return 0 end
if ARGV[1] ~= '' and known[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
if ARGV[3] ~= '' then
  redis.call('HINCRBY', KEYS[1], 'runs', 1)
  redis.call('ZADD', KEYS[2], 'XX', ARGV[3], ARGV[2])
end
return 1
`,
);

/** KEYS session. ARGV field, most fields that it may have. Answers 0 where it is gone, or has too many. */
const ALLOW = new RedisScript<number>(
  'session_allow',
  1,
  `
if redis.call('HEXISTS', KEYS[1], 'createdAt') == 0 or redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], '1')
return 1
`,
);

/**
 * Nobody finds the session any more, and it comes first in the clean-up's list, which finishes what a crash leaves undone.
 * KEYS session, its queue, index by use, owner's index. ARGV id, only when nothing runs or waits in it (0|1). Answers 1 when it is closing.
 */
const BEGIN_CLOSE = new RedisScript<number>(
  'session_begin_close',
  4,
  `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[2] == '1' and (redis.call('LLEN', KEYS[2]) > 0 or redis.call('SCARD', 'steward:session-delayed:' .. ARGV[1]) > 0) then return 0 end
redis.call('HSET', KEYS[1], 'closing', '1')
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
return 1
`,
);

const CLOSED_TTL_MS = 5000;
/** Fields of a session that say what is allowed in it begin so. */
const ALLOWED = 'allow:';
const MAX_FIELDS = 300;

/** As it is written: `hot` is idle with a process that waits. What a dead worker wrote is read by its lease. */
export type StoredState = 'idle' | 'running' | 'hot' | 'hibernated';
type Changes = Partial<Pick<SessionRecord, 'lastUsedAt' | 'cliSessionId' | 'grownToBytes'> & { state: StoredState }>;

/** Sessions in Redis: one hash each, an index per owner, one by last use. */
@Injectable()
export class SessionStore {
  constructor(private readonly redis: RedisConnections) {}

  /** @throws ClaudeError `session.limit_reached` of the owner, `session.total_reached` of all */
  async create(record: SessionRecord, limits: { readonly owner: number; readonly all: number }): Promise<void> {
    const fields = {
      tenant: record.owner.tenant,
      user: record.owner.user,
      state: record.state,
      createdAt: record.createdAt,
      lastUsedAt: record.lastUsedAt,
      runs: '0',
      cliSessionId: record.cliSessionId,
      ...(record.place === record.id && record.forkedFrom === null ? {} : { folder: record.place }),
      ...(record.passing ? { passing: '1' } : {}),
      ...(record.forkedFrom === null ? {} : { forkedFrom: record.forkedFrom }),
      metadata: JSON.stringify(record.metadata),
    };
    const keys = [sessionKey(record.id), ownerSessionsKey(record.owner), SESSIONS_BY_USE];
    const args = [record.id, Date.now(), limits.owner, limits.all, ...Object.entries(fields).flat()];
    const [made, whose, current] = await CREATE.run(this.redis.commands, keys, args);
    if (made === 1) return;
    throw whose === 'owner'
      ? new ClaudeError('session.limit_reached', { limit: limits.owner, current })
      : new ClaudeError('session.total_reached', { limit: limits.all, current });
  }

  async get(id: string): Promise<SessionRecord | null> {
    const found = await this.evenClosing(id);
    if (!found || found.closing) return null;
    const { closing: _closing, ...record } = found;
    return record;
  }

  /** The record also of one that is being closed. */
  async evenClosing(id: string): Promise<(SessionRecord & { readonly closing: boolean }) | null> {
    const [fields, leased] = await Promise.all([
      this.redis.commands.hgetall(sessionKey(id)),
      this.redis.commands.exists(leaseKey(id)),
    ]);
    return fields['createdAt'] ? { ...recordOf(id, fields, leased === 1), closing: fields['closing'] === '1' } : null;
  }

  async list(owner: Owner, limit: number, cursor: string | undefined): Promise<Page<SessionRecord>> {
    const before = cursor === undefined ? '+' : `(${decodeCursor('sessions', cursor)}`;
    const ids = await this.redis.commands.zrange(
      ownerSessionsKey(owner),
      before,
      '-',
      'BYLEX',
      'REV',
      'LIMIT',
      0,
      limit + 1,
    );
    const found = await Promise.all(ids.slice(0, limit).map((id) => this.get(id)));
    const last = ids.length > limit ? ids[limit - 1] : undefined;
    return {
      data: found.filter((record) => record !== null),
      nextCursor: last === undefined ? null : encodeCursor('sessions', last),
    };
  }

  /** @param epoch of the writer's lease; without it whoever writes */
  async update(id: string, changes: Changes, epoch?: number): Promise<boolean> {
    return this.change(id, changes, epoch, '');
  }

  /** A run ended in it: counts it, and moves the session to the end of the clean-up's list. */
  async used(id: string, changes: Changes, epoch?: number): Promise<boolean> {
    return this.change(id, { ...changes, lastUsedAt: new Date().toISOString() }, epoch, Date.now());
  }

  /** What need not be asked again in this session. @returns false when it cannot be kept */
  async allow(id: string, rule: string): Promise<boolean> {
    return (await ALLOW.run(this.redis.commands, [sessionKey(id)], [`${ALLOWED}${rule}`, MAX_FIELDS])) === 1;
  }

  private async change(id: string, changes: Changes, epoch: number | undefined, now: number | ''): Promise<boolean> {
    const args = [epoch ?? '', id, now, ...Object.entries(changes).flat()];
    return (await UPDATE.run(this.redis.patient, [sessionKey(id), SESSIONS_BY_USE], args)) === 1;
  }

  /** @returns false when it is gone, or something runs or waits in it although nothing should */
  async beginClose(record: SessionRecord, onlyAtRest: boolean): Promise<boolean> {
    const keys = [sessionKey(record.id), sessionQueueKey(record.id), SESSIONS_BY_USE, ownerSessionsKey(record.owner)];
    return (await BEGIN_CLOSE.run(this.redis.commands, keys, [record.id, onlyAtRest ? 1 : 0])) === 1;
  }

  /** The last step of closing: its user is free in the same moment, so that no repetition takes it from another. */
  async remove(record: SessionRecord): Promise<void> {
    await this.redis.commands
      .multi()
      .del(sessionKey(record.id), sessionQueueKey(record.id))
      // Whoever follows the session is told of its end; then this is gone, too.
      .xadd(sessionRunsKey(record.id), '*', 'c', '1')
      .pexpire(sessionRunsKey(record.id), CLOSED_TTL_MS)
      .zrem(ownerSessionsKey(record.owner), record.id)
      .zrem(SESSIONS_BY_USE, record.id)
      .srem(USER_IDS, record.uid ?? '')
      .exec();
  }

  /** Ids of sessions that were last used before a moment, oldest first. */
  async unusedSince(epochMs: number, limit: number): Promise<string[]> {
    return this.redis.commands.zrange(SESSIONS_BY_USE, '-inf', String(epochMs), 'BYSCORE', 'LIMIT', 0, limit);
  }

  async openCount(): Promise<number> {
    return this.redis.commands.zcard(SESSIONS_BY_USE);
  }
}

/** Who runs in a session, or keeps its process, has its lease; where nobody has, whoever wrote that is gone. */
function stateOf(stored: StoredState, leased: boolean): SessionRecord['state'] {
  if (stored === 'idle' || stored === 'hibernated') return stored;
  if (!leased) return 'hibernated';
  return stored === 'hot' ? 'idle' : 'running';
}

function recordOf(id: string, fields: Record<string, string>, leased: boolean): SessionRecord {
  return {
    id: id as SessionId,
    owner: { tenant: fields['tenant']!, user: fields['user']! },
    state: stateOf(fields['state'] as StoredState, leased),
    createdAt: fields['createdAt']!,
    lastUsedAt: fields['lastUsedAt']!,
    runs: Number(fields['runs'] ?? 0),
    cliSessionId: fields['cliSessionId']!,
    uid: fields['uid'] ? Number(fields['uid']) : null,
    grownToBytes: Number(fields['grownToBytes'] ?? 0),
    place: fields['folder'] ?? id,
    passing: fields['passing'] === '1',
    forkedFrom: (fields['forkedFrom'] ?? null) as SessionId | null,
    metadata: JSON.parse(fields['metadata'] ?? '{}') as Record<string, string>,
    allowed: Object.keys(fields).flatMap((name) => (name.startsWith(ALLOWED) ? [name.slice(ALLOWED.length)] : [])),
  };
}
