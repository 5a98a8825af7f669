import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRequests, type SystemMessage, userLine } from '../../libs/claude/src/command/index.js';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { AgentBench, eventsOf } from './agent.bench.js';

/** Facts about the CLI that break naive wrappers, each as the real one does it, and what Steward makes of it. */
describe('facts that break naive wrappers', () => {
  let api: MessagesApi;
  beforeAll(async () => (api = await startMessagesApi()));
  afterAll(() => api.close());
  beforeEach(() => api.reset());

  const initsOf = (bench: AgentBench) =>
    bench.messages.filter(
      (message): message is SystemMessage => message.type === 'system' && message.subtype === 'init',
    );

  it('subtype success with is_error: an API error after its retries is a failure', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const { result, translator } = await bench.turn('[[error 400]]');
    expect(result).toMatchObject({ subtype: 'success', is_error: true, api_error_status: 400 });
    expect(translator.assistantError).toBeTruthy();
  });

  it('one init a turn, not one a process', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    expect(initsOf(bench)).toHaveLength(0);
    await bench.turn('[[say a]]');
    await bench.turn('[[say b]]');
    expect(initsOf(bench)).toHaveLength(2);
  });

  it('one assistant line a block, all of one message', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const { messages, events } = await bench.turn('[[think n=2]] [[say a]] [[bash echo hi]] [[say b]]');
    const lines = messages.flatMap((message) => (message.type === 'assistant' ? [message.message] : []));
    expect(lines.map(({ content }) => content.map(({ type }) => type))).toEqual([
      ['thinking'],
      ['text'],
      ['tool_use'],
      ['text'],
    ]);
    expect(new Set(lines.slice(0, 3).map(({ id }) => id)).size).toBe(1);
    expect(
      eventsOf(events, 'text.delta')
        .map(({ text }) => text)
        .join('|'),
    ).toBe('a|b');
  });

  it('deltas that a repeated answer voids are named', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const { result, events } = await bench.turn('[[cut after=3 delay=20 times=1]] [[text n=5]]');
    const replaced = events.flatMap((event) => (event.type === 'text.replaced' ? [event.data] : []));
    expect(replaced).toHaveLength(1);
    const void_ = (seq: number) => seq >= replaced[0]!.fromSeq && seq <= replaced[0]!.throughSeq;
    const kept = events.filter((event, index) => event.type === 'text.delta' && !void_(index + 1));
    expect(kept.map((event) => (event.type === 'text.delta' ? event.data.text : '')).join('')).toBe(result.result);
  });

  it('a result with origin answers no prompt', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const results: boolean[] = [];
    const { result } = await bench.turn('[[bash bg=1 sleep 0.3]] [[say first]] [[say second]]', {
      isOver: (message) => {
        if (message.type === 'result') results.push(message.origin !== undefined);
        return results.length === 2;
      },
    });
    expect(results).toEqual([false, true]);
    expect(result).toMatchObject({ result: 'second', origin: { kind: 'task-notification' } });
  });

  it('messages sent while a turn runs are merged into one turn with one result: Steward sends one at a time', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const first = bench.turn('[[text n=50 delay=10]]');
    await expect(bench.turn('[[say b]]')).rejects.toThrow('cannot go from busy to busy');
    expect((await first).result.is_error).toBe(false);
    expect(bench.messages.filter(({ type }) => type === 'result')).toHaveLength(1);
  });

  it('the transcript is on disk before the result, so that a kill right after it loses nothing', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    await bench.turn('remember marmalade [[say noted]]');
    const folder = join(bench.root, 'config', 'projects');
    const [project] = readdirSync(folder);
    const text = readFileSync(join(folder, project!, `${bench.cliSessionId}.jsonl`), 'utf8');
    expect(text).toContain('marmalade');
    expect(text).toContain('noted');
  });

  it('a conversation is bound to its directory', async () => {
    await using first = await AgentBench.start({ url: api.url });
    await first.turn('[[say a]]');
    await first.stop();
    const conversation = { cliSessionId: first.cliSessionId, resume: true };
    await using same = await AgentBench.start({ url: api.url, root: first.root, conversation });
    expect((await same.turn('[[recall]]')).result.result).toContain('[[say a]]');
    // A process elsewhere gives a result at once and never answers `initialize`.
    await expect(AgentBench.start({ url: api.url, conversation })).rejects.toMatchObject({
      code: 'cli.failed_to_start',
      details: { reason: expect.stringContaining('No conversation found') as string },
    });
  });

  it('an id whose transcript exists cannot be begun again', async () => {
    await using first = await AgentBench.start({ url: api.url });
    await first.turn('[[say a]]');
    await first.stop();
    const conversation = { cliSessionId: first.cliSessionId, resume: false };
    await expect(AgentBench.start({ url: api.url, root: first.root, conversation })).rejects.toMatchObject({
      code: 'cli.failed_to_start',
    });
  });

  it('nothing locks a conversation against two resumers: that is the session lease’s part', async () => {
    await using first = await AgentBench.start({ url: api.url });
    await first.turn('[[say a]]');
    await first.stop();
    const conversation = { cliSessionId: first.cliSessionId, resume: true };
    await using one = await AgentBench.start({ url: api.url, root: first.root, conversation });
    await using other = await AgentBench.start({ url: api.url, root: first.root, conversation });
    expect((await one.turn('[[say b]]')).result.result).toBe('b');
    expect((await other.turn('[[recall]]')).result.result).not.toContain('[[say b]]');
  });

  it('a permission question is waited for without bound: whoever asks bounds it, and an interrupt ends it', async () => {
    await using bench = await AgentBench.start({ url: api.url, decide: () => new Promise(() => undefined) });
    let over = false;
    const turn = bench.turn('[[bash touch x]]').finally(() => (over = true));
    await expect.poll(() => bench.asked.length, { timeout: 5000 }).toBe(1);
    await delay(1500);
    expect(over).toBe(false);
    await bench.agent.interrupt();
    expect((await turn).result.is_error).toBe(true);
  });

  it('cost and usage are cumulative: a run is the difference, also across runs of one process', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const prompt = '[[usage in=1000 out=100 cache-read=0 cache-write=0]] [[say ok]]';
    const [first, second] = [await bench.turn(prompt), await bench.turn(prompt)];
    expect(second.result.total_cost_usd).toBeGreaterThan(first.result.total_cost_usd!);
    expect(second.translator.usage.usage).toEqual(first.translator.usage.usage);
    expect(second.translator.usage.costUsd).toBe(first.translator.usage.costUsd);
    expect(first.translator.usage.usage).toMatchObject({ inputTokens: 1000, outputTokens: 100 });
    expect(bench.agent.totals.costUsd).toBe(second.result.total_cost_usd);
  });

  it('the same figures are told between two results, too', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const { result } = await bench.turn('[[say a]]');
    const usage = await bench.agent.request(controlRequests.usage());
    expect(usage).toMatchObject({ session: { total_cost_usd: result.total_cost_usd } });
  });

  it('idle comes after the result; what follows a run belongs to nobody', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const { messages } = await bench.turn('[[say a]]');
    expect(messages.at(-1)?.type).toBe('result');
    await expect
      .poll(() => bench.messages.some((message) => message.type === 'system' && message['state'] === 'idle'))
      .toBe(true);
  });

  it('the same line twice is dropped without a result: Steward never sends one twice', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const line = userLine('[[say a]]', randomUUID());
    await bench.turn('', { line });
    const again = bench.turn('', { line });
    await delay(700);
    expect(bench.messages.filter(({ type }) => type === 'result')).toHaveLength(1);
    again.catch(() => undefined);
  });

  it('an error result leaves the process usable', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    await bench.turn('[[error 400]]');
    expect((await bench.turn('[[say fine]]')).result).toMatchObject({ is_error: false, result: 'fine' });
  });
});
