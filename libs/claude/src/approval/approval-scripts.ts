import { RedisScript } from '@steward/redis';

/** KEYS approval, ids of its run, open ones of its owner. ARGV id, the approval as JSON, deadline (epoch ms). */
export const OPEN = new RedisScript<number>(
  'approval_open',
  3,
  `
redis.call('HSET', KEYS[1], 'about', ARGV[2], 'state', 'open', 'deadline', ARGV[3])
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
return 1
`,
);

/**
 * Decides an open approval, once. KEYS approval, record of its run, open ones of its owner. ARGV id, resolution as JSON,
 * now (epoch ms; empty: whatever its deadline says). Answers `done`, or what is in the way: `none`, `resolved`, `expired`.
 */
export const RESOLVE = new RedisScript<'done' | 'none' | 'resolved' | 'expired'>(
  'approval_resolve',
  3,
  `
local known = redis.call('HMGET', KEYS[1], 'state', 'deadline')
if not known[1] then return 'none' end
if known[1] ~= 'open' then return 'resolved' end
if ARGV[3] ~= '' then
  if redis.call('HGET', KEYS[2], 'ended') == '1' then return 'resolved' end
  if tonumber(known[2]) <= tonumber(ARGV[3]) then return 'expired' end
end
redis.call('HSET', KEYS[1], 'state', 'resolved', 'resolution', ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return 'done'
`,
);

/** What was decided goes to the agent, once. KEYS approval. ARGV how. Answers 1 for who may do it. */
export const DELIVER = new RedisScript<number>(
  'approval_deliver',
  1,
  `
if redis.call('HGET', KEYS[1], 'state') ~= 'resolved' then return 0 end
return redis.call('HSETNX', KEYS[1], 'delivered', ARGV[1])
`,
);
