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
