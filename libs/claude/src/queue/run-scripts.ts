import { RedisScript } from '@steward/redis';
import { RESERVE_LUA } from '../model/index.js';
import { FEED_LENGTH, FEED_TTL_MS, SESSION_RUNS_LENGTH } from '../stream/index.js';

/**
 * Accepts a run: record, indexes and first event in one step, or nothing.
 * KEYS record, log, open runs, owner's index, session, session's queue, waiting runs, owner's feed, session's runs; what
 * the run holds of its owner's budgets, the owner's day and month.
 * ARGV id, now (ISO), bound of waiting runs, reject when busy (0|1), needs session (0|1), four limits, two wishes and two
 * times of the reservation (see RESERVE_LUA), (field, value)*.
 * Answers {1, runs of the session before it}, {1, -1} when it was accepted before, or {0, reason}.
 */
export const ACCEPT = new RedisScript<[number, number | string]>(
  'run_accept',
  12,
  `
${RESERVE_LUA}
if redis.call('EXISTS', KEYS[1]) == 1 then return {1, -1} end
if redis.call('ZCARD', KEYS[7]) >= tonumber(ARGV[3]) then return {0, 'full'} end
if ARGV[5] == '1' and redis.call('EXISTS', KEYS[5]) == 0 then return {0, 'session'} end
local behind = redis.call('LLEN', KEYS[6])
if behind > 0 and ARGV[4] == '1' then return {0, 'busy'} end
local used = reserve(KEYS[10], KEYS[11], KEYS[12], {unpack(ARGV, 6, 9)}, {unpack(ARGV, 10, 11)}, {unpack(ARGV, 12, 13)})
if used then return {0, used} end
redis.call('HSET', KEYS[1], 'epoch', '0', 'lastSeq', '1', 'feedSeq', '1', unpack(ARGV, 14))
redis.call('XADD', KEYS[2], '1-0', 't', 'run.queued', 'a', ARGV[2], 'd', '{"behind":' .. behind .. '}')
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('ZADD', KEYS[4], 0, ARGV[1])
redis.call('ZADD', KEYS[7], 0, ARGV[1])
redis.call('RPUSH', KEYS[6], ARGV[1])
local session = KEYS[5]:sub(17)
redis.call('XADD', KEYS[8], 'MAXLEN', '~', ${FEED_LENGTH}, '*', 'r', ARGV[1], 'n', session, 'f', 1, 's', 1)
redis.call('PEXPIRE', KEYS[8], ${FEED_TTL_MS})
redis.call('XADD', KEYS[9], 'MAXLEN', '~', ${SESSION_RUNS_LENGTH}, '*', 'r', ARGV[1])
return {1, behind}
`,
);

/**
 * A worker begins with a run: only a pending one that nobody wants cancelled, and the next epoch with it.
 * KEYS record, waiting runs. ARGV now, id. Answers {epoch, lastSeq, attempts}, or the state that is in the way.
 */
export const CLAIM = new RedisScript<[number, number, number] | string | null>(
  'run_claim',
  2,
  `
local run = redis.call('HMGET', KEYS[1], 'state', 'cancelRequested', 'lastSeq', 'startedAt')
if not run[1] then return nil end
if run[1] ~= 'pending' or run[2] == '1' then return run[1] end
redis.call('HSET', KEYS[1], 'state', 'running')
redis.call('ZREM', KEYS[2], ARGV[2])
if not run[4] then redis.call('HSET', KEYS[1], 'startedAt', ARGV[1]) end
return {redis.call('HINCRBY', KEYS[1], 'epoch', 1), tonumber(run[3]), redis.call('HINCRBY', KEYS[1], 'attempts', 1)}
`,
);

/** Asks for the end of a run. KEYS record. Answers the state, or nil. After it no worker can claim the run. */
export const REQUEST_CANCEL = new RedisScript<string | null>(
  'run_request_cancel',
  1,
  `
local run = redis.call('HMGET', KEYS[1], 'state', 'ended')
if not run[1] then return nil end
if run[2] ~= '1' then redis.call('HSET', KEYS[1], 'cancelRequested', '1') end
return run[1]
`,
);

/**
 * An ended run leaves everything but its record and log, which expire. Repeatable.
 * KEYS record, open runs, session's queue, waiting runs, log*. ARGV id, retentionMs of the record, and of the log.
 * Answers the run that is next in the session, or nil.
 */
export const RELEASE = new RedisScript<string | null>(
  'run_release',
  7,
  `
redis.call('LREM', KEYS[3], 0, ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
for i = 5, #KEYS do redis.call('PEXPIRE', KEYS[i], math.min(ARGV[2], ARGV[3])) end
return redis.call('LINDEX', KEYS[3], 0)
`,
);
