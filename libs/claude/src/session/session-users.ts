import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { v4 as randomUuid } from 'uuid';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeWrapperService, type UidBlock } from '../wrapper/index.js';
import { sessionKey, USER_IDS } from './session-keys.js';

/**
 * KEYS session, ids in use, counter. ARGV first, count. Answers the session's user id, a new one where it has none of these;
 * 0 when all are in use, nil when there is no such session.
 */
const TAKE = new RedisScript<number | null>(
  'session_user_take',
  3,
  `
local known = redis.call('HMGET', KEYS[1], 'createdAt', 'uid')
if not known[1] then return nil end
local first, count = tonumber(ARGV[1]), tonumber(ARGV[2])
local uid = tonumber(known[2] or '0')
if uid >= first and uid < first + count then return uid end
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

const NEXT = 'steward:sandbox:next-uid';
/** Who gives out the ids (`id`) and the beginning of their block (`first`): the same on every host, since sessions move. */
const POOL = 'steward:sandbox:uid-pool';

/**
 * One unprivileged user per session: no two open sessions share one, on any worker. Servers with another Redis know
 * nothing of these, so the block is claimed on the host.
 */
@Injectable()
export class SessionUsers implements OnApplicationBootstrap {
  private readonly logger = new Logger('Session');
  private claimed: Promise<UidBlock> | undefined;

  constructor(
    private readonly redis: RedisConnections,
    private readonly wrapper: ClaudeWrapperService,
    private readonly config: ClaudeConfigService,
  ) {}

  /** Claims at start what an earlier life had, so that what that left running is found and ended. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.config.options.role === 'api') return;
    try {
      if ((await this.wrapper.plan()).ownUser) await this.block();
    } catch (error) {
      // Without a CLI there is nothing to run; all else is told again to each run.
      if (error instanceof ClaudeError && error.code !== 'cli.sandbox_unavailable') return;
      this.logger.error({ reason: (error as Error).message }, 'agent processes cannot be given users of their own');
    }
  }

  /** @throws ClaudeError `session.limit_reached` when every id is in use, `session.not_found`, `cli.sandbox_unavailable` */
  of(sessionId: string): Promise<number> {
    return this.take(sessionKey(sessionId));
  }

  /** The same for a spare process; the session that adopts it takes its user over. @param key its record in Redis */
  ofSpare(key: string): Promise<number> {
    return this.take(key);
  }

  private async take(key: string): Promise<number> {
    const { first, last } = await this.block();
    const uid = await TAKE.run(this.redis.patient, [key, USER_IDS, NEXT], [first + 1, last - first]);
    if (uid === null) throw new ClaudeError('session.not_found');
    if (uid === 0) throw new ClaudeError('session.limit_reached', { limit: last - first });
    return uid;
  }

  /** The id of the block that no session gets: for processes that no prompt ever reaches. */
  async nobody(): Promise<number> {
    return (await this.block()).first;
  }

  private block(): Promise<UidBlock> {
    this.claimed ??= this.claim().catch((error: unknown) => {
      this.claimed = undefined;
      throw error;
    });
    return this.claimed;
  }

  private isInRange(uid: number): boolean {
    const { sandboxFirstUid, sandboxUids } = this.config.options;
    return uid >= sandboxFirstUid && uid < sandboxFirstUid + sandboxUids;
  }

  private async claim(): Promise<UidBlock> {
    const redis = this.redis.patient;
    await redis.hsetnx(POOL, 'id', randomUuid());
    const { id = '', first: known } = await redis.hgetall(POOL);
    const first = known === undefined || !this.isInRange(Number(known)) ? null : Number(known);
    // The settings have changed: sessions get new users as they are used again.
    if (first === null) await redis.hdel(POOL, 'first');
    const block = await this.wrapper.claimUsers(id, first);
    await redis.hsetnx(POOL, 'first', block.first);
    const agreed = Number(await redis.hget(POOL, 'first'));
    // Another host was quicker.
    return agreed === block.first ? block : this.wrapper.claimUsers(id, agreed);
  }
}
