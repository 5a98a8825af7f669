import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { ClaudeConfigService } from '../config/index.js';
import { AGENTS, leaseKey, ownerAgentsKey, sessionKey } from './session-keys.js';
import { type Owner, type SessionRecord } from './session.types.js';
import { WantedBus } from './wanted-bus.js';

/** A place is asked for again after so long, up to the second figure. */
const POLL_MS = [10, 200] as const;

/** Whoever had an entry without the session's lease is gone, with the process. */
const LIVING = `
local function living(key)
  local count, waits = 0, ''
  for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    if redis.call('EXISTS', '${leaseKey('')}' .. id) == 0 then redis.call('ZREM', key, id)
    else
      count = count + 1
      if waits == '' and redis.call('HGET', '${sessionKey('')}' .. id, 'state') == 'hot' then waits = id end
    end
  end
  return count, waits
end
`;

/**
 * KEYS agents of the owner, of all. ARGV session, now, most of the owner, of all (0: any). Answers 1, or the session whose
 * waiting process is in the way (empty: all of them work).
 */
const ENTER = new RedisScript<1 | string>(
  'agent_enter',
  2,
  `
${LIVING}
for index, key in ipairs(KEYS) do
  local limit = tonumber(ARGV[2 + index])
  if limit > 0 and not redis.call('ZSCORE', key, ARGV[1]) then
    local count, waits = living(key)
    if count >= limit then return waits end
  end
end
for _, key in ipairs(KEYS) do redis.call('ZADD', key, ARGV[2], ARGV[1]) end
return 1
`,
);

/** KEYS session, agents of all. ARGV id, now (empty: it has none any more). */
const MOVE = new RedisScript<number>(
  'agent_move',
  2,
  `
local owner = redis.call('HMGET', KEYS[1], 'tenant', 'user')
if not owner[1] then return 0 end
for _, key in ipairs({'steward:agents:' .. owner[1] .. ':' .. owner[2], KEYS[2]}) do
  if ARGV[2] == '' then redis.call('ZREM', key, ARGV[1]) else redis.call('ZADD', key, 'XX', ARGV[2], ARGV[1]) end
end
return 1
`,
);

const COUNT = new RedisScript<number>('agent_count', 1, `${LIVING}\nreturn (living(KEYS[1]))`);

/**
 * Sessions that have an agent process now, on whatever worker. An entry counts while the session's lease is held, so that
 * it is true after any crash.
 */
@Injectable()
export class LiveAgentsStore {
  constructor(
    private readonly redis: RedisConnections,
    private readonly config: ClaudeConfigService,
    private readonly bus: WantedBus,
  ) {}

  /**
   * Resolves when the session may have a process, which may mean that the owner's, or anybody's, least recently used
   * waiting one had to end. Call it under the session's lease. Without bounds nothing is waited for.
   *
   * @param signal gives up; its reason is thrown
   */
  async enter({ id, owner }: SessionRecord, signal: AbortSignal): Promise<void> {
    const { maxOwnerProcesses, maxTotalProcesses } = this.config.options;
    const keys = [ownerAgentsKey(owner), AGENTS];
    const ask = () => ENTER.run(this.redis.patient, keys, [id, Date.now(), maxOwnerProcesses, maxTotalProcesses]);
    const first = ask();
    if (maxOwnerProcesses + maxTotalProcesses === 0) return void first.catch(() => undefined);
    let inTheWay = await first;
    for (let pauseMs: number = POLL_MS[0]; inTheWay !== 1; pauseMs = Math.min(2 * pauseMs, POLL_MS[1])) {
      if (inTheWay !== '') await this.bus.ask({ sessionId: inTheWay, runId: null });
      await delay(pauseMs);
      signal.throwIfAborted();
      inTheWay = await ask();
    }
  }

  /** Its process waits now: it is the last to be ended for another. */
  async touch(sessionId: string): Promise<void> {
    await MOVE.run(this.redis.patient, [sessionKey(sessionId), AGENTS], [sessionId, Date.now()]);
  }

  /** It has no process any more. */
  async leave(sessionId: string): Promise<void> {
    await MOVE.run(this.redis.patient, [sessionKey(sessionId), AGENTS], [sessionId, '']);
  }

  /** How many an owner has. */
  countOf(owner: Owner): Promise<number> {
    return COUNT.run(this.redis.commands, [ownerAgentsKey(owner)], []);
  }
}
