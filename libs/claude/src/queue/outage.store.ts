import { Injectable } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { ownerName } from '../session/index.js';
import { recordKey } from '../stream/index.js';
import { type RunRecord } from './run.types.js';

/** Ids of runs that ended while they waited go with their outage at the latest. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** The outages that runs wait for, or did of late. */
const OUTAGES = 'steward:outages';
/** Runs that wait for it, by when they began to. */
const waitingKey = (outage: string): string => `steward:outage:${outage}`;
/** Their owners, in the order of their last turns; 0: none yet. */
const ownersKey = (outage: string): string => `steward:outage-owners:${outage}`;
/** Before the owner's name: the runs of one of them. */
const ofOwnerKey = (outage: string): string => `steward:outage-runs:${outage}:`;

/** KEYS runs, owners, runs of the owner, outages. ARGV run, owner, outage, now, how long they are kept (ms). Repeatable. */
const ENTER = new RedisScript<number>(
  'outage_enter',
  4,
  `
if redis.call('ZADD', KEYS[1], 'NX', ARGV[4], ARGV[1]) == 1 then
  redis.call('ZADD', KEYS[3], 'NX', ARGV[4], ARGV[1])
  redis.call('ZADD', KEYS[2], 'NX', 0, ARGV[2])
end
redis.call('SADD', KEYS[4], ARGV[3])
for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[5]) end
return 1
`,
);

/**
 * KEYS runs, owners. ARGV before the name of an owner: their runs; before the id of a run: its record. Answers the run whose
 * turn it is; empty: none waits. One that was cancelled, or went on by itself, is nobody's turn.
 */
const TAKE = new RedisScript<string>(
  'outage_take',
  2,
  `
for _, owner in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local run = redis.call('ZPOPMIN', ARGV[1] .. owner)[1]
  while run do
    redis.call('ZREM', KEYS[1], run)
    local is = redis.call('HMGET', ARGV[2] .. run, 'state', 'waitingFor')
    if is[1] == 'pending' and is[2] == 'outage' then
      local latest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
      redis.call('ZADD', KEYS[2], latest + 1, owner)
      return run
    end
    run = redis.call('ZPOPMIN', ARGV[1] .. owner)[1]
  end
end
return ''
`,
);

/** KEYS runs, owners, outages. ARGV outage. Answers when the last of its runs came; empty: none waits, and it is forgotten. */
const NEWEST = new RedisScript<string>(
  'outage_newest',
  3,
  `
local newest = redis.call('ZRANGE', KEYS[1], 0, 0, 'REV', 'WITHSCORES')[2]
if newest then return newest end
redis.call('DEL', KEYS[2])
redis.call('SREM', KEYS[3], ARGV[1])
return ''
`,
);

/** Which runs wait for the end of which outage. Their owners take turns, so that nobody's runs keep those of others waiting. */
@Injectable()
export class OutageStore {
  constructor(private readonly redis: RedisConnections) {}

  /** Waits for a Redis that is away. Repeatable. */
  async enter(outage: string, { id, owner }: Pick<RunRecord, 'id' | 'owner'>): Promise<void> {
    const who = ownerName(owner);
    const keys = [waitingKey(outage), ownersKey(outage), ofOwnerKey(outage) + who, OUTAGES];
    await ENTER.run(this.redis.patient, keys, [id, who, outage, Date.now(), KEPT_MS]);
  }

  /** The run whose turn it is; it waits no longer. Null: none does. */
  async take(outage: string): Promise<string | null> {
    const keys = [waitingKey(outage), ownersKey(outage)];
    return (await TAKE.run(this.redis.commands, keys, [ofOwnerKey(outage), recordKey('')])) || null;
  }

  /** Each outage that runs wait for, with when the last of them came (epoch ms). Those that none waits for are forgotten. */
  async list(): Promise<{ readonly outage: string; readonly newestMs: number }[]> {
    const found: { readonly outage: string; readonly newestMs: number }[] = [];
    for (const outage of await this.redis.commands.smembers(OUTAGES)) {
      const keys = [waitingKey(outage), ownersKey(outage), OUTAGES];
      const newest = await NEWEST.run(this.redis.commands, keys, [outage]);
      if (newest !== '') found.push({ outage, newestMs: Number(newest) });
    }
    return found;
  }
}
