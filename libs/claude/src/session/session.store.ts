import { Injectable } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { type SessionId } from '../config/index.js';
import { sessionRunsKey } from '../stream/index.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { ownerSessionsKey, sessionKey, sessionQueueKey, SESSIONS_BY_USE } from './session-keys.js';
import { type Owner, type Page, type SessionRecord } from './session.types.js';

/** KEYS session, owner's index, index by use. ARGV id, now, limit, (field, value)*. Answers 1, or 0 at the limit. */
const CREATE = new RedisScript<number>(
  'session_create',
  3,
  `
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
return 1
`,
);

/** A field of a session that is gone must not bring half a record back. KEYS session. ARGV (field, value)*. */
const UPDATE = new RedisScript<number>(
  'session_update',
  1,
  `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV))
return 1
`,
);

const CLOSED_TTL_MS = 5000;

type Changes = Partial<Pick<SessionRecord, 'state' | 'lastUsedAt' | 'cliSessionId'>>;

/** Sessions in Redis: one hash each, an index per owner, one by last use. */
@Injectable()
export class SessionStore {
  constructor(private readonly redis: RedisConnections) {}

  /** @returns false when the owner has `limit` open sessions already */
  async create(record: SessionRecord, limit: number): Promise<boolean> {
    const fields = {
      tenant: record.owner.tenant,
      user: record.owner.user,
      state: record.state,
      createdAt: record.createdAt,
      lastUsedAt: record.lastUsedAt,
      runs: '0',
      cliSessionId: record.cliSessionId,
      metadata: JSON.stringify(record.metadata),
    };
    const keys = [sessionKey(record.id), ownerSessionsKey(record.owner), SESSIONS_BY_USE];
    return (
      (await CREATE.run(this.redis.commands, keys, [
        record.id,
        Date.now(),
        limit,
        ...Object.entries(fields).flat(),
      ])) === 1
    );
  }

  async get(id: string): Promise<SessionRecord | null> {
    const fields = await this.redis.commands.hgetall(sessionKey(id));
    return fields['createdAt'] ? recordOf(id, fields) : null;
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

  async update(id: string, changes: Changes): Promise<boolean> {
    return (await UPDATE.run(this.redis.patient, [sessionKey(id)], Object.entries(changes).flat())) === 1;
  }

  /** Its workspace was found too large, with this many bytes. */
  async noteGrown(id: string, bytes: number): Promise<void> {
    await UPDATE.run(this.redis.patient, [sessionKey(id)], ['grownToBytes', bytes]);
  }

  /** A run ended in it: counts it, and moves the session to the end of the clean-up's list. */
  async used(id: string, state: SessionRecord['state']): Promise<void> {
    if (!(await this.update(id, { state, lastUsedAt: new Date().toISOString() }))) return;
    await this.redis.patient
      .multi()
      .hincrby(sessionKey(id), 'runs', 1)
      .zadd(SESSIONS_BY_USE, 'XX', Date.now(), id)
      .exec();
  }

  async remove(record: SessionRecord): Promise<void> {
    await this.redis.commands
      .multi()
      .del(sessionKey(record.id), sessionQueueKey(record.id))
      // Whoever follows the session is told of its end; then this is gone, too.
      .xadd(sessionRunsKey(record.id), '*', 'c', '1')
      .pexpire(sessionRunsKey(record.id), CLOSED_TTL_MS)
      .zrem(ownerSessionsKey(record.owner), record.id)
      .zrem(SESSIONS_BY_USE, record.id)
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

function recordOf(id: string, fields: Record<string, string>): SessionRecord {
  return {
    id: id as SessionId,
    owner: { tenant: fields['tenant']!, user: fields['user']! },
    state: fields['state'] as SessionRecord['state'],
    createdAt: fields['createdAt']!,
    lastUsedAt: fields['lastUsedAt']!,
    runs: Number(fields['runs'] ?? 0),
    cliSessionId: fields['cliSessionId']!,
    uid: fields['uid'] ? Number(fields['uid']) : null,
    grownToBytes: Number(fields['grownToBytes'] ?? 0),
    metadata: JSON.parse(fields['metadata'] ?? '{}') as Record<string, string>,
  };
}
