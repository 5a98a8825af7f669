import { RedisScript } from '@steward/redis';
import { sessionDelayedKey, sessionQueueKey } from '../session/index.js';
import { recordKey } from '../stream/index.js';

/**
 * Who waits, who may start, who has a place. All of it in Redis, so that every server decides alike:
 *
 * - `steward:sched:ready:<owner>`: runs of an owner that may start, the first of each session; the score is their rank.
 * - `steward:sched:owners`: owners that have such runs, by their virtual time (stride scheduling): whoever starts a run
 *   moves on by one stride, divided by their weight. `…:passes` keeps the time of those who are ahead and have nothing.
 * - `steward:sched:slots`: runs that have a place, by owner; `…:running` counts them, `…:waiting` those without.
 * - `steward:sched:due`: runs that wait for a moment. `…:parked`: owners whose runs wait for the provider, until when. `…:workers` and `…:capacity`: who works, until when, at how much.
 * - `steward:sched:most`: most runs that may have a place, whatever the workers could carry.
 */
export const SCHEDULE_LUA = `
local function owner_of(id)
  local run = redis.call('HMGET', '${recordKey('')}' .. id, 'tenant', 'user')
  return run[1] and (run[1] .. ':' .. run[2])
end
local function count_waiting(owner, more)
  if redis.call('HINCRBY', 'steward:sched:waiting', owner, more) <= 0 then redis.call('HDEL', 'steward:sched:waiting', owner) end
end
local function make_ready(id)
  local owner = owner_of(id)
  if not owner or redis.call('HEXISTS', 'steward:sched:slots', id) == 1 then return end
  -- The first of its session that waits for a retry: whatever ends behind it, its moment stays.
  if redis.call('ZSCORE', 'steward:sched:due', id) then return end
  redis.call('ZADD', 'steward:sched:ready:' .. owner, redis.call('HGET', '${recordKey('')}' .. id, 'rank') or 0, id)
  if redis.call('ZSCORE', 'steward:sched:owners', owner) then return end
  local mine = tonumber(redis.call('HGET', 'steward:sched:passes', owner) or 0)
  local now = tonumber(redis.call('GET', 'steward:sched:time') or 0)
  redis.call('ZADD', 'steward:sched:owners', math.max(mine, now), owner)
  redis.call('HDEL', 'steward:sched:passes', owner)
end
local function rest_owner(owner, pass)
  redis.call('ZREM', 'steward:sched:owners', owner)
  if pass > tonumber(redis.call('GET', 'steward:sched:time') or 0) then redis.call('HSET', 'steward:sched:passes', owner, pass) end
end
local function leave_schedule(id)
  local owner = owner_of(id)
  if not owner then return end
  local ready = 'steward:sched:ready:' .. owner
  if redis.call('ZREM', ready, id) == 1 and redis.call('ZCARD', ready) == 0 then
    rest_owner(owner, tonumber(redis.call('ZSCORE', 'steward:sched:owners', owner) or 0))
  end
  redis.call('ZREM', 'steward:sched:due', id)
  if redis.call('HDEL', 'steward:sched:slots', id) == 1 and redis.call('HINCRBY', 'steward:sched:running', owner, -1) <= 0 then
    redis.call('HDEL', 'steward:sched:running', owner)
  end
end
-- A run that an attempt has given up (its record says so) leaves its place and waits: for its moment, or for its turn.
local function put_back(id)
  local key = '${recordKey('')}' .. id
  local run = redis.call('HMGET', key, 'returned', 'state', 'sessionId', 'returnAt')
  if run[1] ~= '1' then return end
  redis.call('HDEL', key, 'returned')
  if run[2] ~= 'pending' then return end
  leave_schedule(id)
  if redis.call('ZADD', 'steward:runs:waiting', 0, id) == 1 then count_waiting(owner_of(id), 1) end
  local queue = '${sessionQueueKey('')}' .. run[3]
  if not redis.call('LPOS', queue, id) then redis.call('LPUSH', queue, id) end
  if tonumber(run[4] or 0) > 0 then redis.call('ZADD', 'steward:sched:due', run[4], id)
  elseif redis.call('LINDEX', queue, 0) == id then make_ready(id) end
end
`;

/** One stride; divided by a weight of 1 to 1,000 it stays exact. */
const STRIDE = 1_000_000;

/** Most runs of one step; a script blocks Redis while it runs. */
export const PICK_MOST = 100;

/** Gives free places to runs: `pick(now, most)` answers those that may start. */
export const PICK_LUA = `
local function pick(now, most)
  if redis.call('EXISTS', 'steward:sched:paused') == 1 then return {} end
  local capacity = 0
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', 'steward:sched:workers', now, '+inf')) do
    capacity = capacity + tonumber(redis.call('HGET', 'steward:sched:capacity', worker) or 0)
  end
  local most_live = tonumber(redis.call('GET', 'steward:sched:most') or 0)
  if most_live > 0 then capacity = math.min(capacity, most_live) end
  local used = redis.call('HLEN', 'steward:sched:slots')
  local picked = {}
  while used < capacity and #picked < tonumber(most) do
    local chosen, pass
    local from = 0
    repeat
      local owners = redis.call('ZRANGE', 'steward:sched:owners', from, from + 49, 'WITHSCORES')
      for i = 1, #owners, 2 do
        local limit = tonumber(redis.call('HGET', 'steward:sched:limits', owners[i]) or 0)
        local parked = tonumber(redis.call('HGET', 'steward:sched:parked', owners[i]) or 0)
        local at = tonumber(owners[i + 1])
        if parked > tonumber(now) then limit = -1
        elseif parked > 0 then
          -- Who comes back from a limit begins at the present time, as everybody who comes back.
          redis.call('HDEL', 'steward:sched:parked', owners[i])
          at = math.max(at, tonumber(redis.call('GET', 'steward:sched:time') or 0))
          redis.call('ZADD', 'steward:sched:owners', at, owners[i])
        end
        if limit == 0 or tonumber(redis.call('HGET', 'steward:sched:running', owners[i]) or 0) < limit then
          chosen, pass = owners[i], at
          break
        end
      end
      from = from + 50
    until chosen or #owners == 0
    if not chosen then break end
    local ready = 'steward:sched:ready:' .. chosen
    local id = redis.call('ZPOPMIN', ready)[1]
    redis.call('SET', 'steward:sched:time', math.max(pass, tonumber(redis.call('GET', 'steward:sched:time') or 0)))
    local after = pass + ${STRIDE} / tonumber(redis.call('HGET', 'steward:sched:weights', chosen) or 1)
    if redis.call('ZCARD', ready) == 0 then rest_owner(chosen, after)
    else redis.call('ZADD', 'steward:sched:owners', after, chosen) end
    if id then
      redis.call('HSET', 'steward:sched:slots', id, chosen)
      redis.call('HINCRBY', 'steward:sched:running', chosen, 1)
      picked[#picked + 1] = id
      used = used + 1
    end
  end
  return picked
end
`;

/** ARGV now (epoch ms), most to give. Answers the runs that may start. */
export const PICK = new RedisScript<string[]>(
  'schedule_pick',
  0,
  `
${SCHEDULE_LUA}
${PICK_LUA}
return pick(ARGV[1], ARGV[2])
`,
);

/**
 * Lets runs whose moment has come join the queue of their session. ARGV now (epoch ms), most to move.
 * Answers {how many moved, when the next one is due, or -1}.
 */
export const DUE = new RedisScript<[number, string]>(
  'schedule_due',
  0,
  `
${SCHEDULE_LUA}
local ids = redis.call('ZRANGEBYSCORE', 'steward:sched:due', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do
  redis.call('ZREM', 'steward:sched:due', id)
  local run = redis.call('HMGET', '${recordKey('')}' .. id, 'sessionId', 'state')
  if run[2] == 'pending' then
    redis.call('HDEL', '${recordKey('')}' .. id, 'waitingFor', 'waitingUntil', 'returnAt')
    redis.call('SREM', '${sessionDelayedKey('')}' .. run[1], id)
    local queue = '${sessionQueueKey('')}' .. run[1]
    if not redis.call('LPOS', queue, id) then redis.call('RPUSH', queue, id) end
    if redis.call('LINDEX', queue, 0) == id then make_ready(id) end
  end
end
local after = redis.call('ZRANGE', 'steward:sched:due', 0, 0, 'WITHSCORES')
return {#ids, after[2] or '-1'}
`,
);

/**
 * Repairs the place of a pending run. ARGV id. Answers `slot` when it has a place, `ready` when it waits for one,
 * `waits` when it is not its turn.
 */
export const ENSURE = new RedisScript<'slot' | 'ready' | 'waits'>(
  'schedule_ensure',
  0,
  `
${SCHEDULE_LUA}
local id = ARGV[1]
put_back(id)
if redis.call('HEXISTS', 'steward:sched:slots', id) == 1 then return 'slot' end
if redis.call('ZSCORE', 'steward:sched:due', id) then return 'waits' end
local session = redis.call('HGET', '${recordKey('')}' .. id, 'sessionId')
if not session or redis.call('LINDEX', '${sessionQueueKey('')}' .. session, 0) ~= id then return 'waits' end
make_ready(id)
return 'ready'
`,
);

/** Gives a run that was put back its place among those that wait. ARGV id. Repeatable. */
export const PUT_BACK = new RedisScript<number>(
  'schedule_put_back',
  0,
  `
${SCHEDULE_LUA}
put_back(ARGV[1])
return 1
`,
);

/** A run need not wait any more for what it waits for. ARGV id, now (epoch ms), what that is. Repeatable. */
export const WAKE = new RedisScript<number>(
  'schedule_wake',
  0,
  `
local key = '${recordKey('')}' .. ARGV[1]
local run = redis.call('HMGET', key, 'state', 'waitingFor', 'returned')
if run[1] ~= 'pending' or run[2] ~= ARGV[3] then return 0 end
if run[3] == '1' then redis.call('HSET', key, 'returnAt', ARGV[2])
else redis.call('ZADD', 'steward:sched:due', 'XX', ARGV[2], ARGV[1]) end
return 1
`,
);

/** A caller's runs wait until a time; a later one stays. ARGV owner, until (epoch ms). */
export const PARK = new RedisScript<number>(
  'schedule_park',
  0,
  `
local known = tonumber(redis.call('HGET', 'steward:sched:parked', ARGV[1]) or 0)
if tonumber(ARGV[2]) > known then redis.call('HSET', 'steward:sched:parked', ARGV[1], ARGV[2]) end
return 1
`,
);

/**
 * Place of a waiting run, 1 is next, as the weights have it now: own runs before it, and of each other owner as many as
 * would start meanwhile. ARGV id. Answers 0 when it does not wait for a place of its own accord.
 */
export const POSITION = new RedisScript<number>(
  'schedule_position',
  0,
  `
${SCHEDULE_LUA}
local id = ARGV[1]
local ahead = 0
local session = redis.call('HGET', '${recordKey('')}' .. id, 'sessionId')
if not session or redis.call('ZSCORE', 'steward:sched:due', id) then return 0 end
local queue = '${sessionQueueKey('')}' .. session
local index = redis.call('LPOS', queue, id)
if not index then return 0 end
if index > 0 then
  ahead = index
  id = redis.call('LINDEX', queue, 0)
end
local owner = owner_of(id)
local rank = owner and redis.call('ZRANK', 'steward:sched:ready:' .. owner, id)
if not rank then return math.max(1, ahead) end
local function weight(name) return tonumber(redis.call('HGET', 'steward:sched:weights', name) or 1) end
ahead = ahead + rank
local share = (rank + 1) / weight(owner)
for _, other in ipairs(redis.call('ZRANGE', 'steward:sched:owners', 0, 999)) do
  if other ~= owner then
    local theirs = redis.call('ZCARD', 'steward:sched:ready:' .. other)
    ahead = ahead + math.min(theirs, math.floor(share * weight(other)))
  end
end
return ahead + 1
`,
);
