import { RedisScript } from '@steward/redis';
import { recordKey } from '../stream/index.js';
import { runLedgerKey, sessionLedgerKey } from './ledger-keys.js';

/** Of the records of sessions, which a room above this one keeps. */
const SESSION_RECORD = 'steward:session:';

/** What is booked for a run or a session that is gone stays so long; nobody can ask for it. */
const STRAY_MS = 3_600_000;

/**
 * Books what one request to the model has used so far. Figures are absolute: what is booked is the difference to what
 * was booked before under the same id, so that a repeated call changes nothing.
 * KEYS run, session, payer's day, payer's month, models of the day, hold of the run, and the payer's day and month in
 * which the run was accepted.
 * ARGV id, model, state (open | done | failed), input, output, cache read, cache written, units of money, estimated tokens,
 * estimated units, facts (JSON, or empty), six limits (units and tokens of run, day, month; -1: none), ms that a day and
 * a month are kept.
 * Answers {scope that is used up or '', units left, tokens left}; -1: no limit.
 */
export const BOOK = new RedisScript<[string, string, string]>(
  'model_book',
  8,
  `
local kinds = {'inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheCreationInputTokens', 'costUnits'}
local function text(n) return string.format('%.0f', n) end
local function number(key, field) return tonumber(redis.call('HGET', key, field) or '0') end
local function add(key, field, by) if by ~= 0 then redis.call('HINCRBY', key, field, text(by)) end end

local field = 'q:' .. ARGV[1]
local booked = redis.call('HGET', KEYS[1], field)
local old = {}
local state = ''
if booked then
  for word in string.gmatch(booked, '[^,]+') do
    if state == '' then state = word else old[#old + 1] = tonumber(word) end
  end
end
local new = {}
local by = {}
for i = 1, 7 do
  local before = old[i] or 0
  new[i] = tonumber(ARGV[3 + i])
  if i <= 5 and new[i] < before then new[i] = before end
  by[i] = new[i] - before
end
local words = {ARGV[3]}
for i = 1, 7 do words[#words + 1] = text(new[i]) end
redis.call('HSET', KEYS[1], field, table.concat(words, ','))
if ARGV[11] ~= '' then redis.call('HSET', KEYS[1], 'f:' .. ARGV[1], ARGV[11]) end

local totals = {KEYS[1], KEYS[2], KEYS[3], KEYS[4]}
for i = 1, 5 do
  add(KEYS[1], 'm:' .. ARGV[2] .. ':' .. kinds[i], by[i])
  add(KEYS[5], ARGV[2] .. ':' .. kinds[i], by[i])
  for t = 2, 4 do add(totals[t], kinds[i], by[i]) end
end
local units = by[5] + by[7]
local tokens = by[1] + by[2] + by[3] + by[4] + by[6]
for _, key in ipairs(totals) do
  if not booked then add(key, 'requests', 1) end
  if ARGV[3] == 'failed' and state ~= 'failed' then add(key, 'failedRequests', 1) end
  add(key, 'estimatedOutputTokens', by[6])
  add(key, 'spentUnits', units)
  add(key, 'spentTokens', tokens)
end
-- A worker that had stood still may book for what is over by then: the sums are true, and go when the rest has gone.
local ttl = redis.call('PTTL', '${recordKey('')}' .. string.sub(KEYS[1], ${runLedgerKey('').length + 1}))
if ttl > 0 then redis.call('PEXPIRE', KEYS[1], ttl) elseif ttl == -2 then redis.call('PEXPIRE', KEYS[1], ${STRAY_MS}) end
if redis.call('EXISTS', '${SESSION_RECORD}' .. string.sub(KEYS[2], ${sessionLedgerKey('').length + 1})) == 0 then redis.call('PEXPIRE', KEYS[2], ${STRAY_MS}) end
redis.call('PEXPIRE', KEYS[3], ARGV[18])
redis.call('PEXPIRE', KEYS[4], ARGV[19])
redis.call('PEXPIRE', KEYS[5], ARGV[18])

local function spendHold(name, amount)
  local held = number(KEYS[6], name)
  local part = math.min(held, math.max(amount, 0))
  if part == 0 then return held end
  add(KEYS[6], name, -part)
  add(KEYS[7], 'held:' .. name, -part)
  add(KEYS[8], 'held:' .. name, -part)
  return held - part
end
local own = {units = spendHold('units', units), tokens = spendHold('tokens', tokens)}

local scope = ''
local left = {units = -1, tokens = -1}
local function check(name, key, limit, kind, admitted)
  limit = tonumber(limit)
  if limit < 0 then return end
  local rest = limit - number(key, kind == 'units' and 'spentUnits' or 'spentTokens')
  if name ~= 'run' then
    local held = number(key, 'held:' .. kind)
    if key == admitted then held = held - own[kind] end
    rest = rest - math.max(held, 0)
  end
  if rest <= 0 and scope == '' then scope = name end
  if left[kind] < 0 or rest < left[kind] then left[kind] = math.max(rest, 0) end
end
check('run', KEYS[1], ARGV[12], 'units')
check('run', KEYS[1], ARGV[13], 'tokens')
check('day', KEYS[3], ARGV[14], 'units', KEYS[7])
check('day', KEYS[3], ARGV[15], 'tokens', KEYS[7])
check('month', KEYS[4], ARGV[16], 'units', KEYS[8])
check('month', KEYS[4], ARGV[17], 'tokens', KEYS[8])
return {scope, text(left.units), text(left.tokens)}
`,
);

/**
 * A function of Lua for the script that accepts a run: `reserve(hold, day, month, limits, wanted)` puts aside what the
 * run may use of its caller's budgets, or answers the scope in which nothing is left and changes nothing.
 * limits: units and tokens of the day, units and tokens of the month (-1: none); wanted: units and tokens (0: nothing);
 * kept: ms that a day and a month stay.
 */
export const RESERVE_LUA = `
local function reserve(hold, day, month, limits, wanted, kept)
  local put = {}
  for k, kind in ipairs({'units', 'tokens'}) do
    local rest = tonumber(wanted[k])
    local limited = false
    for p, key in ipairs({day, month}) do
      local limit = tonumber(limits[2 * p - 2 + k])
      if limit >= 0 then
        limited = true
        local spent = kind == 'units' and 'spentUnits' or 'spentTokens'
        local used = redis.call('HMGET', key, spent, 'held:' .. kind)
        local left = limit - tonumber(used[1] or '0') - tonumber(used[2] or '0')
        if left <= 0 then return p == 1 and 'day' or 'month' end
        rest = math.min(rest, left)
      end
    end
    put[kind] = limited and rest or 0
  end
  for kind, amount in pairs(put) do
    if amount > 0 then
      local words = string.format('%.0f', amount)
      redis.call('HSET', hold, kind, words)
      redis.call('HINCRBY', day, 'held:' .. kind, words)
      redis.call('HINCRBY', month, 'held:' .. kind, words)
    end
  end
  if put.units > 0 or put.tokens > 0 then
    redis.call('PEXPIRE', day, kept[1])
    redis.call('PEXPIRE', month, kept[2])
  end
  return nil
end
`;

/**
 * Gives back what an ended run holds, and lets its ledger go with its record. Repeatable.
 * KEYS hold, payer's day and month in which the run was accepted, run. ARGV ms that the run is kept.
 */
export const RELEASE_HOLD = new RedisScript<number>(
  'model_release',
  4,
  `
for _, kind in ipairs({'units', 'tokens'}) do
  local held = tonumber(redis.call('HGET', KEYS[1], kind) or '0')
  if held > 0 then
    local words = string.format('%.0f', -held)
    redis.call('HINCRBY', KEYS[2], 'held:' .. kind, words)
    redis.call('HINCRBY', KEYS[3], 'held:' .. kind, words)
  end
end
redis.call('DEL', KEYS[1])
return redis.call('PEXPIRE', KEYS[4], ARGV[1])
`,
);
