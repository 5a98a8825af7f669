import { RedisScript } from '@steward/redis';

/** KEYS record. ARGV epoch, progress, activity, worker. */
export const TELL_PROGRESS = new RedisScript<number>(
  'run_tell_progress',
  1,
  `
local run = redis.call('HMGET', KEYS[1], 'state', 'epoch')
if run[1] ~= 'running' or run[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'progress', ARGV[2], 'activity', ARGV[3], 'worker', ARGV[4])
return 1
`,
);

/** KEYS record. ARGV what its worker waits for. Only while it is pending: what is gone stays gone. */
export const TELL_PENDING = new RedisScript<number>(
  'run_tell_pending',
  1,
  `
if redis.call('HGET', KEYS[1], 'state') ~= 'pending' then return 0 end
redis.call('HSET', KEYS[1], 'pendingFor', ARGV[1])
return 1
`,
);
