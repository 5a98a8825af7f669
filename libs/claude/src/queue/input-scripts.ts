import { RedisScript } from '@steward/redis';

/** What was said to a run, until its worker takes it. */
export const inputsKey = (runId: string): string => `steward:run-input:${runId}`;

/**
 * Leaves an input for a run. KEYS record, inputs, which run an input went to. ARGV id, input as JSON, most inputs, run,
 * ttlMs of the last key. Answers its place, or -1 where the run has ended, -2 where it has too many. Repeatable by id.
 */
export const PUT_INPUT = new RedisScript<number>(
  'input_put',
  3,
  `
local known = redis.call('HGET', KEYS[2], 'at:' .. ARGV[1])
if known then return tonumber(known) end
local run = redis.call('HMGET', KEYS[1], 'state', 'ended', 'cancelRequested')
if not run[1] or run[2] == '1' or run[3] == '1' then return -1 end
local n = tonumber(redis.call('HGET', KEYS[2], 'n') or 0)
if n >= tonumber(ARGV[3]) then return -2 end
redis.call('HSET', KEYS[2], n, ARGV[2], 'at:' .. ARGV[1], n, 'n', n + 1)
redis.call('HSET', KEYS[1], 'hasInput', '1')
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
return n
`,
);

/** What has been left since the last time, for the writer of this epoch. KEYS record, inputs. ARGV epoch. */
export const TAKE_INPUTS = new RedisScript<string[]>(
  'input_take',
  2,
  `
local run = redis.call('HMGET', KEYS[1], 'epoch', 'ended')
if run[1] ~= ARGV[1] or run[2] == '1' then return {} end
local n = tonumber(redis.call('HGET', KEYS[2], 'n') or 0)
local found = {}
for i = tonumber(redis.call('HGET', KEYS[2], 'taken') or 0), n - 1 do
  local input = redis.call('HGET', KEYS[2], i)
  if input then found[#found + 1] = input end
end
redis.call('HSET', KEYS[2], 'taken', n)
return found
`,
);

/**
 * Takes an input back that nobody has taken. KEYS inputs, which run an input went to. ARGV id, place. Answers 1 when
 * nobody will.
 */
export const WITHDRAW_INPUT = new RedisScript<number>(
  'input_withdraw',
  2,
  `
if tonumber(redis.call('HGET', KEYS[1], 'taken') or 0) > tonumber(ARGV[2]) then return 0 end
redis.call('HDEL', KEYS[1], ARGV[2], 'at:' .. ARGV[1])
redis.call('DEL', KEYS[2])
return 1
`,
);
