import { RedisScript } from '@steward/redis';
import { FEED_LENGTH, FEED_TTL_MS } from './stream-keys.js';

/**
 * KEYS record, log. ARGV epoch, expectedSeq, ended (0|1), bytes of deltas, bytes of all, n patch fields, (field, value)*,
 * (type, at, data)*. A repeated append (its answer was lost with the connection) finds its events there already, and
 * perhaps those of the next ones, since an epoch has one writer only; it changes nothing. What is no delta is named in the owner's feed, too, whose key follows from the record; a cluster,
 * where a script may use declared keys only, is not supported by BullMQ's plain keys either.
 * Answers {1, lastSeq, bytes of deltas in the log, bytes of all ever}, or {0, reason}.
 */
export const APPEND = new RedisScript<[1, number, number, number] | [0, string]>(
  'log_append',
  2,
  `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'lastSeq', 'ended', 'tenant', 'user', 'sessionId', 'feedSeq', 'deltaBytes', 'outputBytes')
if not head[1] then return {0, 'missing'} end
if tonumber(head[1]) ~= tonumber(ARGV[1]) then return {0, 'stale'} end
local fields = tonumber(ARGV[6])
local first = 7 + 2 * fields
local count = (#ARGV - first + 1) / 3
local last = tonumber(head[2])
local expected = tonumber(ARGV[2])
local deltaBytes = tonumber(head[8] or 0)
local outputBytes = tonumber(head[9] or 0)
if last >= expected + count and count > 0 then return {1, expected + count, deltaBytes, outputBytes} end
if head[3] == '1' then return {0, 'ended'} end
if last ~= expected then return {0, 'gap'} end
local feed = head[4] and ('steward:feed:' .. head[4] .. ':' .. head[5])
local fed = tonumber(head[7] or 0)
for i = first, #ARGV, 3 do
  last = last + 1
  redis.call('XADD', KEYS[2], last .. '-0', 't', ARGV[i], 'a', ARGV[i + 1], 'd', ARGV[i + 2])
  if feed and not string.find(ARGV[i], '%.delta$') then
    redis.call('XADD', feed, 'MAXLEN', '~', ${FEED_LENGTH}, '*', 'r', KEYS[1]:sub(13), 'n', head[6], 'f', fed + 1, 's', last)
    fed = last
  end
end
deltaBytes = deltaBytes + tonumber(ARGV[4])
outputBytes = outputBytes + tonumber(ARGV[5])
local set = {'lastSeq', tostring(last), 'deltaBytes', tostring(deltaBytes), 'outputBytes', tostring(outputBytes)}
if feed and fed ~= tonumber(head[7] or 0) then
  set[#set + 1] = 'feedSeq'; set[#set + 1] = tostring(fed)
  redis.call('PEXPIRE', feed, ${FEED_TTL_MS})
end
if ARGV[3] == '1' then set[#set + 1] = 'ended'; set[#set + 1] = '1' end
for i = 7, first - 1, 2 do
  if ARGV[i + 1] == '\\0' then redis.call('HDEL', KEYS[1], ARGV[i])
  else set[#set + 1] = ARGV[i]; set[#set + 1] = ARGV[i + 1] end
end
redis.call('HSET', KEYS[1], unpack(set))
return {1, last, deltaBytes, outputBytes}
`,
);

/**
 * Cuts the oldest part off a log: what is no delta moves to a log of its own (a hole in a stream would free nothing),
 * the joined text of the deltas goes to the pieces, all in one step.
 * KEYS record, log, rest of what was cut, pieces. ARGV epoch, where the cut ended before, where it ends now, bytes of the
 * deltas, n pieces, piece*, seq of what is no delta*.
 * Answers the bytes of deltas that are left, or nil when it is not this writer's turn.
 */
export const CUT = new RedisScript<number | null>(
  'log_cut',
  4,
  `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'cutThrough', 'deltaBytes')
if head[1] ~= ARGV[1] then return nil end
if head[2] == ARGV[3] then return tonumber(head[3]) end
if (head[2] or '0') ~= ARGV[2] then return nil end
local pieces = tonumber(ARGV[5])
if pieces > 0 then redis.call('RPUSH', KEYS[4], unpack(ARGV, 6, 5 + pieces)) end
for i = 6 + pieces, #ARGV do
  local entry = redis.call('XRANGE', KEYS[2], ARGV[i] .. '-0', ARGV[i] .. '-0')[1]
  redis.call('XADD', KEYS[3], entry[1], unpack(entry[2]))
end
redis.call('XTRIM', KEYS[2], 'MINID', '=', (tonumber(ARGV[3]) + 1) .. '-0')
redis.call('HSET', KEYS[1], 'cutThrough', ARGV[3])
return redis.call('HINCRBY', KEYS[1], 'deltaBytes', -tonumber(ARGV[4]))
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
