import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bigText, startMessagesApi, type MessagesApi } from './index.js';
import { Claude, type Message } from './testing/claude.process.js';

let api: MessagesApi;
let claude: Claude;

beforeAll(async () => {
  api = await startMessagesApi();
  claude = await Claude.start({ url: api.url });
});
afterAll(async () => {
  await claude[Symbol.asyncDispose]();
  await api.close();
});
beforeEach(() => api.reset());

const deltasOf = (messages: Message[], field: string): string[] =>
  messages.flatMap(
    ({ type, event }) => (type === 'stream_event' ? (event.delta?.[field] ?? []) : []) as string | string[],
  );

async function run(prompt: string): Promise<{ result: Message; texts: string[]; thoughts: string[] }> {
  const from = claude.messages.length;
  const result = await claude.run(prompt);
  const messages = claude.messages.slice(from);
  return { result, texts: deltasOf(messages, 'text'), thoughts: deltasOf(messages, 'thinking') };
}

describe('the real CLI gets', () => {
  it('every delta of a text', async () => {
    const { result, texts } = await run('[[text n=4 delay=10]]');
    expect(texts).toEqual(['w1 ', 'w2 ', 'w3 ', 'w4 ']);
    expect(result).toMatchObject({
      subtype: 'success',
      is_error: false,
      result: 'w1 w2 w3 w4 ',
      stop_reason: 'end_turn',
    });
  });

  it.each([
    ['plain', '[[say Hello, world.]]', 'Hello, world.'],
    ['code points, one a delta', '[[say chunk=1 a\\u{1f600}é]]', 'a\u{1f600}é'],
    ['characters cut in two', '[[say split=1 a\\u{1f600}é]]', 'a\u{1f600}é'],
    ['line ends of all kinds', '[[say a\\nb\\r\\nc\\u0085d\\u2028e\\u2029f]]', 'a\nb\r\nc\u0085d\u2028e\u2029f'],
    ['control characters', '[[say \\e[31mred\\e[0m \\0 \\b]]', '\u001b[31mred\u001b[0m \0 \b'],
    ['bytes', '[[say base64:4pyTIAEC]]', '✓ \u0001\u0002'],
  ])('text unchanged: %s', async (_, prompt, expected) => {
    expect((await run(prompt)).result['result']).toBe(expected);
  });

  it('thinking before a text', async () => {
    const { result, thoughts } = await run('[[think n=2]] [[say a]]');
    expect(thoughts).toEqual(['thought 1. ', 'thought 2. ']);
    expect(result['result']).toBe('a');
  });

  it('several blocks in one reply, with a silence between them', async () => {
    const { result, texts } = await run('[[reply [[say one]] [[pause 200 ping=50]] [[say two]]]]');
    expect(texts).toEqual(['one', 'two']);
    expect(result['duration_ms']).toBeGreaterThanOrEqual(200);
  });

  it('a large answer whole', async () => {
    const { result, texts } = await run('[[big bytes=3000000 chunk=2000]]');
    expect(texts).toHaveLength(1_500);
    expect(result['result'] === bigText(3_000_000)).toBe(true);
  });

  it('a compressed stream', async () => {
    expect((await run('[[gzip]] [[text n=3 delay=10]]')).texts).toEqual(['w1 ', 'w2 ', 'w3 ']);
  });

  it('a late first byte', async () => {
    expect((await run('[[slow first=400]] [[say late]]')).result['ttft_ms']).toBeGreaterThanOrEqual(400);
  });

  it('the prompts of the session back', async () => {
    const own = await Claude.start({ url: api.url });
    await own.run('my name is Ada');
    const { result } = await own.run('[[recall]]');
    expect(JSON.parse(result as string)).toEqual(['my name is Ada', '[[recall]]']);
    await own[Symbol.asyncDispose]();
  });

  it('what it said of model, tools and system prompt', async () => {
    const said = JSON.parse((await run('[[echo-system]]')).result['result'] as string) as Message;
    expect(said).toMatchObject({ model: expect.stringContaining('claude'), maxTokens: expect.any(Number) });
    expect(said['tools']).toEqual(expect.arrayContaining(['Bash', 'Read', 'Write', 'Edit', 'Agent']));
    expect(said['system'].chars).toBeGreaterThan(1_000);
  });

  it('a refusal of a misspelt directive', async () => {
    const { result } = await run('[[sya hello]]');
    expect(result).toMatchObject({
      is_error: true,
      api_error_status: 400,
      result: 'API Error: 400 unknown directive [[sya]]',
    });
  });
});

describe('usage', () => {
  it('is what the directive says, and the ledger agrees with the CLI', async () => {
    const own = await Claude.start({ url: api.url, args: ['--allowedTools', 'Bash'] });
    await own.run('[[usage in=100 out=50 cache-read=30 cache-write=20]] [[bash true]] [[say a]]');
    const result = await own.run('[[cut after=1 times=1]] [[bash true]] [[say b]]');
    const { usage } = api.served();
    const [billed] = Object.values(result['modelUsage'] as Record<string, Message>);
    // What a cut stream had declared is billed, but the CLI forgets it.
    const cut = api.journal.find((entry) => entry.cut)!.usage;
    expect(billed).toMatchObject({
      inputTokens: usage.input_tokens - cut.input_tokens,
      outputTokens: usage.output_tokens - cut.output_tokens,
      cacheReadInputTokens: usage.cache_read_input_tokens - cut.cache_read_input_tokens,
      cacheCreationInputTokens: usage.cache_creation_input_tokens - cut.cache_creation_input_tokens,
    });
    await own[Symbol.asyncDispose]();
  });
});
