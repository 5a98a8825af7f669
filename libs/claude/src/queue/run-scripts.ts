import { RedisScript } from '@steward/redis';
import { RESERVE_LUA } from '../model/index.js';
import {
  sessionAnswersKey,
  sessionDelayedKey,
  sessionKey,
  sessionQueueKey,
  SESSIONS_BY_USE,
  SESSIONS_OF,
} from '../session/index.js';
import { FEED_LENGTH, FEED_TTL_MS, recordKey, SESSION_RUNS_LENGTH } from '../stream/index.js';
import { inputsKey } from './input-scripts.js';
import { PICK_LUA, SCHEDULE_LUA } from './schedule-scripts.js';

const CLAIM_LUA = `
local function claim(record, waiting, id, now)
  local run = redis.call('HMGET', record, 'state', 'cancelRequested', 'startedAt', 'sessionId')
  if not run[1] then return nil end
  if run[1] ~= 'pending' or run[2] == '1' then return run[1] end
  local foreign = redis.call('EXISTS', '${sessionAnswersKey('')}' .. run[4])
  redis.call('HSET', record, 'state', 'running', 'claimedAt', now, 'hasForeign', foreign)
  if redis.call('ZREM', waiting, id) == 1 then count_waiting(owner_of(id), -1) end
  if not run[3] then redis.call('HSET', record, 'startedAt', now) end
  redis.call('HINCRBY', record, 'epoch', 1)
  redis.call('HINCRBY', record, 'attempts', 1)
  return redis.call('HGETALL', record)
end
`;

/**
 * Accepts a run: record, indexes and first event in one step, or nothing. Then gives free places, and claims the run
 * where it got one and who asks can carry it, so that a run that need not wait starts without another question.
 * KEYS record, log, open runs, owner's index, session, session's queue, waiting runs, owner's feed, session's runs; what
 * the run holds of its owner's budgets, the owner's day and month.
 * ARGV id, now (ISO), bound of waiting runs, busy policy, the owner's name, weight, bounds of running and of waiting
 * runs, when to start (epoch ms, 0: now), four limits, two wishes and two times of the reservation (see RESERVE_LUA),
 * now (epoch ms), most places to give, whether to claim it (0|1), (field, value)*.
 * Answers {1, runs of the session before it, the one that is to be interrupted or '', runs that may start, its record
 * where it was claimed}, {1, -1, '', {}, {}} when it was accepted before, or {0, reason, figure}, for an unhealthy
 * session its crashes and until when.
 */
export const ACCEPT = new RedisScript<
  [1, number, string, readonly string[], readonly string[]] | [0, string, number, ...number[]]
>(
  'run_accept',
  12,
  `
${RESERVE_LUA}
${SCHEDULE_LUA}
${PICK_LUA}
${CLAIM_LUA}
if redis.call('EXISTS', KEYS[1]) == 1 then return {1, -1, '', {}, {}} end
local session = redis.call('HMGET', KEYS[5], 'tenant', 'user', 'closing', 'unhealthyUntil', 'crashes')
if not session[1] or session[3] or session[1] .. ':' .. session[2] ~= ARGV[5] then return {0, 'session', 0} end
if tonumber(session[4] or 0) > tonumber(ARGV[18]) then return {0, 'unhealthy', tonumber(session[5] or 0), tonumber(session[4])} end
local waiting = redis.call('ZCARD', KEYS[7])
if waiting >= tonumber(ARGV[3]) then return {0, 'full', waiting} end
local mine = tonumber(redis.call('HGET', 'steward:sched:waiting', ARGV[5]) or 0)
if tonumber(ARGV[8]) > 0 and mine >= tonumber(ARGV[8]) then return {0, 'share', mine} end
local behind = redis.call('LLEN', KEYS[6])
local later = tonumber(ARGV[9]) > 0
if behind > 0 and ARGV[4] == 'reject' and not later then return {0, 'busy', behind} end
local used = reserve(KEYS[10], KEYS[11], KEYS[12], {unpack(ARGV, 10, 13)}, {unpack(ARGV, 14, 15)}, {unpack(ARGV, 16, 17)})
if used then return {0, used, 0} end
redis.call('HSET', KEYS[1], 'epoch', '0', 'lastSeq', '1', 'feedSeq', '1', unpack(ARGV, 21))
redis.call('HSET', 'steward:sched:weights', ARGV[5], ARGV[6])
redis.call('HSET', 'steward:sched:limits', ARGV[5], ARGV[7])
count_waiting(ARGV[5], 1)
redis.call('XADD', KEYS[2], '1-0', 't', 'run.queued', 'a', ARGV[2], 'd', '{"behind":' .. behind .. '}')
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('ZADD', KEYS[4], 0, ARGV[1])
redis.call('ZADD', KEYS[7], 0, ARGV[1])
session = KEYS[5]:sub(17)
local interrupted = ''
if later then
  redis.call('HSET', KEYS[1], 'waitingFor', 'start_at')
  redis.call('ZADD', 'steward:sched:due', ARGV[9], ARGV[1])
  redis.call('SADD', '${sessionDelayedKey('')}' .. session, ARGV[1])
elseif behind > 0 and ARGV[4] == 'interrupt' then
  interrupted = redis.call('LINDEX', KEYS[6], 0)
  redis.call('LINSERT', KEYS[6], 'AFTER', interrupted, ARGV[1])
  redis.call('HSET', '${recordKey('')}' .. interrupted, 'cancelRequested', '1')
  redis.call('HSETNX', '${recordKey('')}' .. interrupted, 'cancelCode', 'run.interrupted')
  behind = 1
else
  redis.call('RPUSH', KEYS[6], ARGV[1])
  if behind == 0 then make_ready(ARGV[1]) end
end
redis.call('XADD', KEYS[8], 'MAXLEN', '~', ${FEED_LENGTH}, '*', 'r', ARGV[1], 'n', session, 'f', 1, 's', 1)
redis.call('PEXPIRE', KEYS[8], ${FEED_TTL_MS})
-- One that was made for this run waits for none any more.
redis.call('ZADD', '${SESSIONS_BY_USE}', 'XX', 'GT', ARGV[18], session)
redis.call('XADD', KEYS[9], 'MAXLEN', '~', ${SESSION_RUNS_LENGTH}, '*', 'r', ARGV[1])
if interrupted ~= '' then return {1, behind, interrupted, {}, {}} end
local claimed = {}
local others = {}
for _, id in ipairs(pick(ARGV[18], ARGV[19])) do
  if id == ARGV[1] and ARGV[20] == '1' then claimed = claim(KEYS[1], KEYS[7], id, ARGV[2])
  else others[#others + 1] = id end
end
return {1, behind, '', others, claimed}
`,
);

/**
 * A worker begins with a run: only a pending one that nobody wants cancelled, and the next epoch with it.
 * KEYS record, waiting runs. ARGV now, id. Answers the record as it is then, or the state that is in the way.
 */
export const CLAIM = new RedisScript<readonly string[] | string | null>(
  'run_claim',
  2,
  `
${SCHEDULE_LUA}
${CLAIM_LUA}
return claim(KEYS[1], KEYS[2], ARGV[2], ARGV[1])
`,
);

/**
 * Asks for the end of a run. KEYS record. ARGV the code of the reason. Answers the state, or nil. After it no worker can
 * claim the run; the first reason stays.
 */
export const REQUEST_CANCEL = new RedisScript<string | null>(
  'run_request_cancel',
  1,
  `
local run = redis.call('HMGET', KEYS[1], 'state', 'ended')
if not run[1] then return nil end
if run[2] ~= '1' then
  redis.call('HSET', KEYS[1], 'cancelRequested', '1')
  redis.call('HSETNX', KEYS[1], 'cancelCode', ARGV[1])
  -- Whose attempt may be over and hear nothing any more; who asks for the end of one that waits ends it himself.
  if run[1] == 'running' then redis.call('HSET', KEYS[1], 'cancelledRunning', '1') end
end
return run[1]
`,
);

/**
 * An ended run leaves everything but its record and log, which expire; its session counts it where it had begun, and the next
 * one of that may start. Repeatable.
 * One that has not ended is another's by now, and nothing of it is touched. Answers 0 then.
 * KEYS record, open runs, session's queue, waiting runs, session's delayed runs, log*. ARGV id, retentionMs of the record,
 * and of the log.
 */
export const RELEASE = new RedisScript<number>(
  'run_release',
  8,
  `
${SCHEDULE_LUA}
local run = redis.call('HMGET', KEYS[1], 'createdAt', 'ended', 'startedAt')
if run[1] and run[2] ~= '1' then return 0 end
leave_schedule(ARGV[1])
redis.call('LREM', KEYS[3], 0, ARGV[1])
redis.call('SREM', KEYS[5], ARGV[1])
local session = KEYS[3]:sub(${sessionQueueKey('').length + 1})
local of = redis.call('HMGET', '${sessionKey('')}' .. session, 'passing', 'tenant', 'user')
-- Once, whoever repeats this, and however many attempts it took.
if redis.call('ZREM', KEYS[2], ARGV[1]) == 1 and run[3] and of[2] then
  redis.call('HINCRBY', '${sessionKey('')}' .. session, 'runs', 1)
end
if redis.call('ZREM', KEYS[4], ARGV[1]) == 1 then
  local owner = owner_of(ARGV[1])
  if owner then count_waiting(owner, -1) end
end
-- One that was to last as long as its runs is closing from here on; should nobody live to close it, the clean-up does.
if of[1] == '1' and redis.call('LLEN', KEYS[3]) == 0 and redis.call('SCARD', KEYS[5]) == 0 then
  redis.call('HSET', '${sessionKey('')}' .. session, 'closing', '1')
  redis.call('ZADD', '${SESSIONS_BY_USE}', 0, session)
  redis.call('ZREM', '${SESSIONS_OF}' .. of[2] .. ':' .. of[3], session)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', '${inputsKey('')}' .. ARGV[1], ARGV[2])
for i = 6, #KEYS do redis.call('PEXPIRE', KEYS[i], math.min(ARGV[2], ARGV[3])) end
local next = redis.call('LINDEX', KEYS[3], 0)
if next then make_ready(next) end
return 1
`,
);
