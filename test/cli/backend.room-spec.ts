import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliMessage, NO_TOTALS, RunTranslator, userLine } from '../../libs/claude/src/command/index.js';
import { type NewEvent } from '../../libs/claude/src/stream/index.js';
import { type AgentBackend, ApiAgent } from '../../libs/claude/src/wrapper/index.js';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { AgentBench } from './agent.bench.js';

interface Standing extends AsyncDisposable {
  readonly backend: AgentBackend;
}

const BACKENDS: readonly (readonly [name: string, start: (url: string) => Promise<Standing>])[] = [
  [
    'an agent process',
    async (url) => {
      const bench = await AgentBench.start({ url, environment: { CLAUDE_CODE_MAX_RETRIES: '0' } });
      return { backend: bench.agent, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
    },
  ],
  [
    'the Messages API',
    (url) => {
      const model = 'claude-sonnet-4-6';
      const rest = { token: 'key', system: 'Be brief.', history: [], maxTokens: 1000, timeoutMs: 20_000 };
      const backend = new ApiAgent({ url, model, ...rest });
      return Promise.resolve({ backend, [Symbol.asyncDispose]: () => backend.stop() });
    },
  ],
];

/** What whoever speaks to a backend may rely on, whichever it is. */
describe.each(BACKENDS)('%s, as a backend', (_name, start) => {
  let api: MessagesApi;
  beforeAll(async () => {
    api = await startMessagesApi();
  });
  afterAll(() => api.close());

  const line = (prompt: string) => userLine(prompt, randomUUID());
  /** One prompt, with the events that a run would make of it. */
  async function say(backend: AgentBackend, prompt: string, hold?: (message: CliMessage) => Promise<void> | void) {
    const messages: CliMessage[] = [];
    const events: NewEvent[] = [];
    const translator = new RunTranslator({ before: NO_TOTALS, emit: (event) => events.push(event) });
    const result = await backend.prompt(line(prompt), (message) => {
      messages.push(message);
      translator.accept(message);
      return hold?.(message);
    });
    const text = events.flatMap((event) => (event.type === 'text.delta' ? [event.data.text] : [])).join('');
    return { result, messages, events, text };
  }

  it('streams an answer, tells it whole, and ends with a result', async () => {
    await using standing = await start(api.url);
    const { result, messages, events, text } = await say(standing.backend, '[[text n=4]]');
    expect(result).toMatchObject({ type: 'result', subtype: 'success', is_error: false, result: 'w1 w2 w3 w4 ' });
    expect(text).toBe('w1 w2 w3 w4 ');
    expect(events.filter(({ type }) => type === 'text.replaced')).toEqual([]);
    const whole = messages.filter(({ type }) => type === 'assistant');
    expect(whole).toMatchObject([{ message: { content: [{ type: 'text', text: 'w1 w2 w3 w4 ' }] } }]);
    expect(messages.at(-1)?.type).toBe('result');
  });

  it('goes on with its conversation', async () => {
    await using standing = await start(api.url);
    await say(standing.backend, 'one [[say yes]]');
    const { result } = await say(standing.backend, 'two [[recall]]');
    const heard = JSON.parse(result.result ?? '[]') as string[];
    expect(heard.map((text) => text.slice(0, 3))).toEqual(['one', 'two']);
  });

  it('gives nothing more while its consumer is behind', async () => {
    await using standing = await start(api.url);
    let inside = 0;
    let most = 0;
    await say(standing.backend, '[[text n=6]]', async () => {
      inside += 1;
      most = Math.max(most, inside);
      await delay(2);
      inside -= 1;
    });
    expect(most).toBe(1);
  });

  it('is interrupted, and takes the next prompt', async () => {
    await using standing = await start(api.url);
    const { backend } = standing;
    let stopping: Promise<void> | undefined;
    const { result } = await say(backend, '[[text n=2000 delay=20]]', (message) => {
      if (message.type === 'stream_event' && message.event.type === 'content_block_delta')
        stopping ??= backend.interrupt();
    });
    await stopping;
    expect(result).toMatchObject({ is_error: true, terminal_reason: 'aborted_streaming' });
    expect((await say(backend, '[[say on]]')).result.result).toBe('on');
  });

  it('tells an error of the provider as a result, and takes the next prompt', async () => {
    await using standing = await start(api.url);
    const { result } = await say(standing.backend, '[[error 400]]');
    expect(result).toMatchObject({ type: 'result', is_error: true, api_error_status: 400 });
    expect((await say(standing.backend, '[[say on]]')).result.result).toBe('on');
  });

  it('ends as often as it is asked to, and leaves no request behind', async () => {
    await using standing = await start(api.url);
    const { backend } = standing;
    let begun: () => void = () => undefined;
    const streaming = new Promise<void>((resolve) => (begun = resolve));
    const said = say(backend, '[[text n=2000 delay=20]]', () => begun()).then(
      ({ result }) => result.is_error,
      () => true,
    );
    await streaming;
    await Promise.all([backend.stop(), backend.stop()]);
    expect(await said).toBe(true);
    await backend.stop();
    await expect.poll(() => api.journal.every(({ endedAt }) => endedAt !== null), { timeout: 10_000 }).toBe(true);
  });
});
