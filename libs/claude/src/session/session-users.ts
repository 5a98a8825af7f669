import { Injectable } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { sessionKey } from './session-keys.js';

/**
 * KEYS session, ids in use, counter. ARGV first, count. Answers the session's user id, a new one where it has none;
 * 0 when all are in use, nil when there is no such session.
 */
const TAKE = new RedisScript<number | null>(
  'session_user_take',
  3,
  `
local known = redis.call('HMGET', KEYS[1], 'createdAt', 'uid')
if not known[1] then return nil end
if known[2] then return tonumber(known[2]) end
local first, count = tonumber(ARGV[1]), tonumber(ARGV[2])
if redis.call('SCARD', KEYS[2]) >= count then return 0 end
repeat
  local uid = first + redis.call('INCR', KEYS[3]) % count
  if redis.call('SADD', KEYS[2], uid) == 1 then
    redis.call('HSET', KEYS[1], 'uid', tostring(uid))
    return uid
  end
until false
`,
);

const USERS = 'steward:sandbox:uids';
const NEXT = 'steward:sandbox:next-uid';

/** One unprivileged user per session: no two open sessions share one, on any worker. */
@Injectable()
export class SessionUsers {
  constructor(
    private readonly redis: RedisConnections,
    private readonly config: ClaudeConfigService,
  ) {}

  /** @throws ClaudeError `session.limit_reached` when every id is in use, `session.not_found` */
  async of(sessionId: string): Promise<number> {
    const { sandboxFirstUid, sandboxUids } = this.config.options;
    // The first id is the one that the sandbox was tried with.
    const uid = await TAKE.run(
      this.redis.patient,
      [sessionKey(sessionId), USERS, NEXT],
      [sandboxFirstUid + 1, sandboxUids - 1],
    );
    if (uid === null) throw new ClaudeError('session.not_found');
    if (uid === 0) throw new ClaudeError('session.limit_reached', { limit: sandboxUids - 1 });
    return uid;
  }

  /** Call it after everything of the session is gone, and nothing runs as that user. */
  async release(uid: number): Promise<void> {
    await this.redis.commands.srem(USERS, uid);
  }
}
