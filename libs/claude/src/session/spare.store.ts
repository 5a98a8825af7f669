import { Injectable } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { sessionKey, spareKey, USER_IDS } from './session-keys.js';

/** Places of spare processes that belong to no session yet. */
const SPARES = 'steward:spares';
const ownerKey = (worker: string): string => `steward:spare-owner:${worker}`;

/**
 * A new session takes place, user and conversation of a spare; either all of it, and then they are the session's, or nothing.
 * Repeatable.
 * KEYS session, spare, spares. ARGV place, CLI session id.
 */
const ADOPT = new RedisScript<number>(
  'spare_adopt',
  3,
  `
local session = redis.call('HMGET', KEYS[1], 'createdAt', 'runs', 'folder', 'uid', 'closing')
-- The answer of the first time was lost.
if session[3] == ARGV[1] then return 1 end
if not session[1] or session[2] ~= '0' or session[3] or session[4] or session[5] then return 0 end
local spare = redis.call('HMGET', KEYS[2], 'createdAt', 'uid', 'left')
if not spare[1] or spare[3] then return 0 end
redis.call('HSET', KEYS[1], 'folder', ARGV[1], 'cliSessionId', ARGV[2])
if spare[2] then redis.call('HSET', KEYS[1], 'uid', spare[2]) end
redis.call('DEL', KEYS[2])
redis.call('SREM', KEYS[3], ARGV[1])
return 1
`,
);

/**
 * Of a worker that says nothing any more: from here on it is the clean-up's, also should that worker come back.
 * KEYS spare, spares. ARGV place. Answers {its user id or ''}, or nothing while its worker lives, or when it is a session's by now.
 */
const LEAVE = new RedisScript<readonly [string] | readonly []>(
  'spare_leave',
  2,
  `
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 then return {} end
local spare = redis.call('HMGET', KEYS[1], 'worker', 'uid')
if spare[1] and redis.call('EXISTS', 'steward:spare-owner:' .. spare[1]) == 1 then return {} end
redis.call('HSET', KEYS[1], 'left', '1')
return {spare[2] or ''}
`,
);

export interface LeftSpare {
  readonly place: string;
  readonly uid: number | null;
}

/** Spares in Redis, so that those of a worker that was killed are cleaned up. */
@Injectable()
export class SpareStore {
  constructor(private readonly redis: RedisConnections) {}

  /** Call it before anything of the spare is made. */
  async add(place: string, worker: string): Promise<void> {
    const fields = { createdAt: new Date().toISOString(), worker };
    await this.redis.commands.multi().hset(spareKey(place), fields).sadd(SPARES, place).exec();
  }

  /** The hash that a user id is written into. */
  key(place: string): string {
    return spareKey(place);
  }

  /**
   * Waits for a Redis that is away: who does not know whose the place is can neither use nor remove it.
   *
   * @returns false when the session is gone or has begun otherwise, or the spare was cleaned up
   */
  async adopt(place: string, sessionId: string, cliSessionId: string): Promise<boolean> {
    const keys = [sessionKey(sessionId), spareKey(place), SPARES];
    return (await ADOPT.run(this.redis.patient, keys, [place, cliSessionId])) === 1;
  }

  async uidOf(place: string): Promise<number | null> {
    const uid = await this.redis.commands.hget(spareKey(place), 'uid');
    return uid ? Number(uid) : null;
  }

  /**
   * Call it after everything of the spare is gone.
   *
   * @param uid that is free from then on
   */
  async remove(place: string, uid: number | null = null): Promise<void> {
    await this.redis.commands
      .multi()
      .del(spareKey(place))
      .srem(SPARES, place)
      .srem(USER_IDS, uid ?? '')
      .exec();
  }

  /** This worker lives; its spares are its own for so long. */
  async renew(worker: string, forMs: number): Promise<void> {
    await this.redis.commands.set(ownerKey(worker), '1', 'PX', forMs);
  }

  async retire(worker: string): Promise<void> {
    await this.redis.commands.del(ownerKey(worker));
  }

  /** Spares of workers that live no more; nobody can adopt or finish them from here on. */
  async left(): Promise<LeftSpare[]> {
    const places = await this.redis.commands.smembers(SPARES);
    const found = await Promise.all(places.map((place) => this.ifLeft(place)));
    return found.filter((spare) => spare !== null);
  }

  private async ifLeft(place: string): Promise<LeftSpare | null> {
    const [uid]: readonly string[] = await LEAVE.run(this.redis.commands, [spareKey(place), SPARES], [place]);
    return uid === undefined ? null : { place, uid: uid === '' ? null : Number(uid) };
  }
}
