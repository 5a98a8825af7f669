import { RedisScript } from '@steward/redis';
import { sessionDelayedKey } from './session-keys.js';

/** Adds to the sums of bytes of one owner and of all; a sum of nothing is no entry. */
const ADD_BYTES = `
local function add_bytes(key, owner, more)
  if more == 0 then return end
  for _, name in ipairs({owner, '*'}) do
    if redis.call('HINCRBY', key, name, more) <= 0 then redis.call('HDEL', key, name) end
  end
end
`;

export type Refusal = 'owner' | 'all' | 'owner bytes' | 'all bytes' | 'left';

/**
 * KEYS session, owner's index, index by use, bytes, lease, its folder in the making. ARGV id, now, owner, bytes, most sessions
 * of the owner, of all, most bytes of the owner, of all (0: any), who has the lease from the beginning ('': nobody), its ms,
 * whether there has to be such a folder (0|1), (field, value)*. Without fields it only looks. Answers {1}, or {0, which limit,
 * how much there is}; `left`: the clean-up has taken the folder for one that nobody makes any more.
 */
export const CREATE = new RedisScript<[1] | [0, Refusal, number]>(
  'session_create',
  6,
  `
${ADD_BYTES}
local mine, all = redis.call('ZCARD', KEYS[2]), redis.call('ZCARD', KEYS[3])
if mine >= tonumber(ARGV[5]) then return {0, 'owner', mine} end
if all >= tonumber(ARGV[6]) then return {0, 'all', all} end
local bytes = tonumber(ARGV[4])
local function is_full(current, limit) return limit > 0 and (current >= limit or current + bytes > limit) end
local taken = redis.call('HMGET', KEYS[4], ARGV[3], '*')
local of_owner, of_all = tonumber(taken[1] or 0), tonumber(taken[2] or 0)
if is_full(of_owner, tonumber(ARGV[7])) then return {0, 'owner bytes', of_owner} end
if is_full(of_all, tonumber(ARGV[8])) then return {0, 'all bytes', of_all} end
if #ARGV == 11 then return {1} end
if ARGV[11] == '1' then
  local place = redis.call('HMGET', KEYS[6], 'createdAt', 'left')
  if not place[1] or place[2] then return {0, 'left', 0} end
end
redis.call('HSET', KEYS[1], unpack(ARGV, 12))
if ARGV[9] ~= '' then
  redis.call('SET', KEYS[5], ARGV[9], 'PX', ARGV[10])
  redis.call('HSET', KEYS[1], 'epoch', 1)
end
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
add_bytes(KEYS[4], ARGV[3], bytes)
return {1}
`,
);

/**
 * A field of a session that is gone must not bring half a record back, and who lost the lease writes nothing.
 * KEYS session, index by use, bytes. ARGV epoch (empty: whoever), id, now in ms (empty: no attempt ended), bytes on disk (empty:
 * not measured), (field, value)*.
 */
export const UPDATE = new RedisScript<number>(
  'session_update',
  3,
  `
${ADD_BYTES}
local known = redis.call('HMGET', KEYS[1], 'createdAt', 'epoch', 'bytes', 'tenant', 'user')
if not known[1] then return 0 end
if ARGV[1] ~= '' and known[2] ~= ARGV[1] then return 0 end
if #ARGV > 4 then redis.call('HSET', KEYS[1], unpack(ARGV, 5)) end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'bytes', ARGV[4])
  add_bytes(KEYS[3], known[4] .. ':' .. known[5], tonumber(ARGV[4]) - tonumber(known[3] or 0))
end
if ARGV[3] ~= '' then redis.call('ZADD', KEYS[2], 'XX', ARGV[3], ARGV[2]) end
return 1
`,
);

/**
 * A session takes more room before it is there. KEYS session, bytes. ARGV owner, bytes that it will have, most bytes of the
 * owner, of all (0: any). Answers {1}, or {0, which limit, how much there is, how much more it would be}.
 */
export const GROW = new RedisScript<[1] | [0, 'owner bytes' | 'all bytes', number, number]>(
  'session_grow',
  2,
  `
${ADD_BYTES}
local known = redis.call('HMGET', KEYS[1], 'createdAt', 'bytes')
if not known[1] then return {1} end
local more = tonumber(ARGV[2]) - tonumber(known[2] or 0)
local taken = redis.call('HMGET', KEYS[2], ARGV[1], '*')
for i, which in ipairs({'owner bytes', 'all bytes'}) do
  local limit, current = tonumber(ARGV[2 + i]), tonumber(taken[i] or 0)
  if limit > 0 and more > 0 and current + more > limit then return {0, which, current, more} end
end
redis.call('HSET', KEYS[1], 'bytes', ARGV[2])
add_bytes(KEYS[2], ARGV[1], more)
return {1}
`,
);

/**
 * Nobody finds the session any more, and it comes first in the clean-up's list, which finishes what a crash leaves undone.
 * KEYS session, its queue, index by use, owner's index. ARGV id, only when nothing runs or waits in it (0|1). Answers 1 when it is closing.
 */
export const BEGIN_CLOSE = new RedisScript<number>(
  'session_begin_close',
  4,
  `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[2] == '1' and (redis.call('LLEN', KEYS[2]) > 0 or redis.call('SCARD', '${sessionDelayedKey('')}' .. ARGV[1]) > 0) then return 0 end
redis.call('HSET', KEYS[1], 'closing', '1')
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
return 1
`,
);

/**
 * The last step of closing: its user and its bytes are free in the same moment, so that no repetition takes them from another.
 * KEYS session, its queue, index by use, owner's index, bytes, user ids, its runs, agents of the owner, of all. ARGV id, owner,
 * how long who follows the session may take to hear of it.
 */
export const REMOVE = new RedisScript<number>(
  'session_remove',
  9,
  `
${ADD_BYTES}
local known = redis.call('HMGET', KEYS[1], 'bytes', 'uid')
add_bytes(KEYS[5], ARGV[2], -tonumber(known[1] or 0))
if known[2] then redis.call('SREM', KEYS[6], known[2]) end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('XADD', KEYS[7], '*', 'c', '1')
redis.call('PEXPIRE', KEYS[7], ARGV[3])
redis.call('ZREM', KEYS[8], ARGV[1])
redis.call('ZREM', KEYS[9], ARGV[1])
return 1
`,
);

/** KEYS session. ARGV field, most fields that it may have. Answers 0 where it is gone, or has too many. */
export const ALLOW = new RedisScript<number>(
  'session_allow',
  1,
  `
if redis.call('HEXISTS', KEYS[1], 'createdAt') == 0 or redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], '1')
return 1
`,
);
