import { type RedisConnections } from '@steward/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from '../../../../test/messages-api/index.js';
import { ask, GatewayBench, messagesBody, type Witness } from '../../../../test/support/gateway.bench.js';
import { connectRedis } from '../../../../test/support/redis.connections.js';
import { type Account, type Entry } from './model-ledger.store.js';
import { payerLedgerKey, periodOf } from './ledger-keys.js';
import { unitsOf } from './money.js';
import { NO_LIMIT, type SpendingLimits } from './spending-limits.js';
import { NO_TOKENS } from './token-figures.js';

const FREE: SpendingLimits = { run: NO_LIMIT, day: NO_LIMIT, month: NO_LIMIT };
const usd = (amount: string) => ({ units: unitsOf(amount), tokens: -1 });
const tokens = (count: number) => ({ units: -1, tokens: count });

/** What is booked, and what ends when it is used up; two gateways are two workers. */
describe('budgets and the ledger', () => {
  let redis: RedisConnections;
  let api: MessagesApi;
  let one: GatewayBench;
  let other: GatewayBench;

  beforeAll(async () => {
    redis = await connectRedis();
    api = await startMessagesApi();
    one = await GatewayBench.start(redis, api.url);
    other = await GatewayBench.start(redis, api.url);
  });
  afterAll(async () => {
    await one[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await api.close();
    await redis.close();
  });
  beforeEach(() => api.reset());

  const say = ({ url, token }: Witness, prompt: string) => ask(url, { 'x-api-key': token }, messagesBody(prompt));
  /** 10 tokens in, 10 out: 30 + 150 millionths of a USD with this model. */
  const DEAR = '[[usage in=10 out=10 cache-read=0 cache-write=0]] [[say x]]';
  const COST = '0.00018';

  it('a request that would begin beyond the budget is refused for good, and told once', async () => {
    const run = await one.serve({ limits: { ...FREE, run: usd(COST) } });
    expect((await say(run, DEAR)).status).toBe(200);
    for (let n = 0; n < 2; n += 1) {
      const refused = await say(run, DEAR);
      expect(refused).toMatchObject({ status: 400, headers: { 'x-should-retry': 'false' } });
    }
    expect(run.exhausted.map(({ code, details }) => [code, details])).toEqual([
      ['budget.exceeded', { scope: 'run', maxCostUsd: COST }],
    ]);
    expect(api.journal).toHaveLength(1);
    expect(run.used.at(-1)).toMatchObject({ costUsd: COST, usage: { inputTokens: 10, outputTokens: 10 } });
  });

  it('an answer is broken off in the middle when its tokens are used up; the overshoot is what was generated', async () => {
    const run = await one.serve({ limits: { ...FREE, run: tokens(500) } });
    const answer = await say(run, '[[usage in=10 cache-read=0 cache-write=0]] [[text n=5000 delay=2]]');
    expect(answer.bytes.toString()).toContain('event: error');
    await expect.poll(() => api.journal[0]?.aborted, { timeout: 5000 }).toBe(true);
    expect(run.exhausted[0]?.details).toEqual({ scope: 'run', maxTokens: 500 });
    await run.door.unassign();
    const totals = await one.ledger.run(run.order.runId);
    expect(totals.spentTokens).toBeGreaterThanOrEqual(500);
    expect(totals.spentTokens).toBeLessThan(1500);
    // What the provider has not declared is no usage of the run, but the budget counts it.
    expect(totals.usage.outputTokens).toBe(api.served().usage.output_tokens);
    expect(totals.estimatedOutputTokens).toBe(totals.spentTokens - 10 - totals.usage.outputTokens);
  });

  it('what the provider had told when the budget ended is booked, also what nobody had read by then', async () => {
    for (let n = 0; n < 20; n += 1) {
      api.reset();
      const run = await one.serve({ limits: { ...FREE, run: usd('0.0001') } });
      await say(run, '[[usage in=9000 out=9000 cache-read=0 cache-write=0]] [[say x]]').catch(() => undefined);
      await run.door.unassign();
      await expect.poll(() => api.journal[0]?.endedAt, { timeout: 5000 }).not.toBeNull();
      const { usage, spentTokens } = await one.ledger.run(run.order.runId);
      const { input_tokens: inputTokens, output_tokens: outputTokens } = api.served().usage;
      expect(usage).toMatchObject({ inputTokens, outputTokens });
      expect(spentTokens).toBe(inputTokens + outputTokens);
    }
  });

  it('figures grow while an answer runs', async () => {
    const run = await one.serve();
    await say(run, '[[text n=300 delay=5]]');
    const growing = run.used
      .filter(({ request }) => !request)
      .map(({ estimatedOutputTokens }) => estimatedOutputTokens);
    expect(growing.length).toBeGreaterThan(2);
    expect(growing.slice(0, -1)).toEqual(growing.slice(0, -1).toSorted((a, b) => a - b));
    expect(run.used.at(-1)).toMatchObject({ estimatedOutputTokens: 0, request: { outcome: 'answered', status: 200 } });
    expect(run.used.at(-1)?.request?.firstTokenMs).toBeGreaterThanOrEqual(0);
  });

  it('a day is shared by all runs of a caller, on every worker', async () => {
    const limits = { ...FREE, day: usd('0.0005') };
    const payer = { tenant: 'shared', user: `u-${performance.now()}` };
    const [here, there] = [await one.serve({ limits, payer }), await other.serve({ limits, payer })];
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await say(n % 2 ? there : here, DEAR)).status);
    expect(statuses).toEqual([200, 200, 200, 400]);
    expect(there.exhausted[0]).toMatchObject({ details: { scope: 'day', maxCostUsd: '0.0005' } });
    expect(Date.parse(String(there.exhausted[0]?.details['resetsAt']))).toBeGreaterThan(Date.now());
    const day = await one.ledger.payer(payer, 'day', new Date());
    expect(day).toMatchObject({ requests: 4, costUnits: unitsOf('0.00054'), heldUnits: 0 });
    const stranger = await other.serve({ limits, payer: { ...payer, user: 'somebody else' } });
    expect((await say(stranger, DEAR)).status).toBe(200);
  });

  it('a budget that another run uses up ends an answer that is under way', async () => {
    const limits = { ...FREE, month: tokens(300) };
    const payer = { tenant: 'shared', user: `m-${performance.now()}` };
    const [here, there] = [await one.serve({ limits, payer }), await other.serve({ limits, payer })];
    const slow = say(here, '[[usage in=1 cache-read=0 cache-write=0]] [[text n=3000 delay=5]]');
    await expect.poll(() => here.used.length, { timeout: 5000 }).toBeGreaterThan(0);
    await say(there, '[[usage in=280 out=20 cache-read=0 cache-write=0]] [[say x]]');
    expect((await slow).bytes.toString()).toContain('event: error');
    expect(here.exhausted[0]?.details).toMatchObject({ scope: 'month', maxTokens: 300 });
  });

  describe('the ledger', () => {
    const account = (more: Partial<Account> = {}): Account => ({
      runId: `run-${performance.now()}`,
      sessionId: `session-${performance.now()}`,
      payer: { tenant: 'ledger', user: `u-${performance.now()}` },
      accepted: periodOf(new Date()),
      limits: FREE,
      ...more,
    });
    const entry = (more: Partial<Entry> = {}): Entry => ({
      requestId: 'r1',
      period: periodOf(new Date()),
      model: 'claude-sonnet-4-6',
      state: 'open',
      tokens: { ...NO_TOKENS, inputTokens: 100, outputTokens: 1 },
      costUnits: 1000,
      estimatedTokens: 0,
      estimatedUnits: 0,
      facts: '',
      ...more,
    });

    it('books what an entry has grown by, however often it is told', async () => {
      const of = account();
      for (let n = 0; n < 3; n += 1) await one.ledger.book(of, entry());
      await other.ledger.book(of, entry({ estimatedTokens: 50, estimatedUnits: 500 }));
      const done = { ...NO_TOKENS, inputTokens: 100, outputTokens: 60 };
      for (let n = 0; n < 3; n += 1)
        await one.ledger.book(of, entry({ state: 'failed', tokens: done, costUnits: 1600, facts: '{}' }));
      // A late call of before cannot take anything back.
      await one.ledger.book(of, entry({ state: 'failed' }));
      const same = { usage: done, costUnits: 1600, requests: 1, failedRequests: 1, spentUnits: 1600, spentTokens: 160 };
      expect(await one.ledger.run(of.runId)).toMatchObject({ ...same, estimatedOutputTokens: 0 });
      expect(await one.ledger.session(of.sessionId)).toMatchObject(same);
      expect(await one.ledger.payer(of.payer, 'day', new Date())).toMatchObject(same);
      expect(await one.ledger.payer(of.payer, 'month', new Date())).toMatchObject(same);
    });

    it('counts money beyond what a double can hold by parts', async () => {
      const of = account();
      const large = unitsOf('900000.0000000001');
      await one.ledger.book(of, entry({ costUnits: large }));
      await one.ledger.book(of, entry({ requestId: 'r2', costUnits: 1 }));
      expect((await one.ledger.run(of.runId)).spentUnits).toBe(large + 1);
    });

    it('what others have put aside cannot be spent; what a run has put aside it can', async () => {
      const payer = { tenant: 'ledger', user: `held-${performance.now()}` };
      const limits = { ...FREE, day: { units: 1000, tokens: -1 } };
      const [holder, guest] = [account({ payer, limits }), account({ payer, limits, runId: 'guest' })];
      const day = payerLedgerKey(payer, holder.accepted.day);
      await redis.commands.hset(`steward:model:hold:${holder.runId}`, 'units', 800);
      await redis.commands.hset(day, 'held:units', 800);
      expect(await one.ledger.book(guest, entry({ costUnits: 150 }))).toMatchObject({ exceeded: null, unitsLeft: 50 });
      expect(await one.ledger.book(guest, entry({ costUnits: 200 }))).toMatchObject({ exceeded: 'day', unitsLeft: 0 });
      expect(await one.ledger.book(holder, entry({ costUnits: 700 }))).toMatchObject({
        exceeded: null,
        unitsLeft: 100,
      });
      for (let n = 0; n < 2; n += 1) await one.ledger.release(holder, 60_000);
      expect(await one.ledger.payer(payer, 'day', new Date())).toMatchObject({ heldUnits: 0, spentUnits: 900 });
      expect(await redis.commands.pttl(`steward:model:run:${holder.runId}`)).toBeGreaterThan(0);
    });
  });
});
