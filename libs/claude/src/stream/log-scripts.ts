import { RedisScript } from '@steward/redis';

/**
 * KEYS record, log. ARGV epoch, expectedSeq, ended (0|1), n patch fields, (field, value)*, (type, at, data)*.
 * A repeated append (its answer was lost with the connection) finds its events there already and changes nothing.
 * Answers {1, lastSeq}, or {0, reason}.
 */
export const APPEND = new RedisScript<[number, number | string]>(
  'log_append',
  2,
  `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'lastSeq', 'ended')
if not head[1] then return {0, 'missing'} end
if tonumber(head[1]) ~= tonumber(ARGV[1]) then return {0, 'stale'} end
local fields = tonumber(ARGV[4])
local first = 5 + 2 * fields
local count = (#ARGV - first + 1) / 3
local last = tonumber(head[2])
local expected = tonumber(ARGV[2])
if last == expected + count and count > 0 then return {1, last} end
if head[3] == '1' then return {0, 'ended'} end
if last ~= expected then return {0, 'gap'} end
for i = first, #ARGV, 3 do
  last = last + 1
  redis.call('XADD', KEYS[2], last .. '-0', 't', ARGV[i], 'a', ARGV[i + 1], 'd', ARGV[i + 2])
end
local set = {'lastSeq', tostring(last)}
if ARGV[3] == '1' then set[#set + 1] = 'ended'; set[#set + 1] = '1' end
for i = 5, first - 1, 2 do
  if ARGV[i + 1] == '\\0' then redis.call('HDEL', KEYS[1], ARGV[i])
  else set[#set + 1] = ARGV[i]; set[#set + 1] = ARGV[i + 1] end
end
redis.call('HSET', KEYS[1], unpack(set))
return {1, last}
`,
);

/** KEYS record. Takes the next epoch unless the run has ended. Answers {epoch, lastSeq}, or nil. */
export const TAKE_EPOCH = new RedisScript<[number, number] | null>(
  'log_take_epoch',
  1,
  `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'lastSeq', 'ended')
if not head[1] or head[3] == '1' then return nil end
return {redis.call('HINCRBY', KEYS[1], 'epoch', 1), tonumber(head[2])}
`,
);
