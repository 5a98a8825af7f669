import { describe, expect, it } from 'vitest';
import { JsonAnswerReader, SseAnswerReader } from './answer-reader.js';
import { StreamLines } from './sse-lines.js';

const event = (data: object) => `event: x\ndata: ${JSON.stringify(data)}\n\n`;
const START = event({
  type: 'message_start',
  message: { model: 'm', usage: { input_tokens: 5, output_tokens: 1, cache_read_input_tokens: 7 } },
});
const delta = (text: string) => event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
const END = event({ type: 'message_delta', usage: { output_tokens: 42 } }) + event({ type: 'message_stop' });

function read(text: string, size: number) {
  const reader = new SseAnswerReader();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  reader.end();
  return reader.facts;
}

describe('a streamed answer', () => {
  it.each([1, 7, 64, 100_000])('in pieces of %i bytes tells model, usage and end', (size) => {
    expect(read(START + delta('héllo 🎈') + END, size)).toMatchObject({
      model: 'm',
      declared: { tokens: { inputTokens: 5, outputTokens: 42, cacheReadInputTokens: 7 } },
      hasContent: true,
      isWhole: true,
      isMalformed: false,
    });
  });

  it('with CRLF, pings and spaces behind its events is the same', () => {
    const padded = (START + event({ type: 'ping' }) + END).replaceAll('}\n', '}   \n').replaceAll('\n', '\r\n');
    expect(read(padded, 50)).toMatchObject({ isWhole: true, declared: { tokens: { outputTokens: 42 } } });
  });

  it('estimates what has been generated, of short and long deltas alike', () => {
    expect(read(START + delta('x'.repeat(400)), 1000).generatedTokens).toBe(100);
    const long = read(START + delta('x'.repeat(400_000)), 1000).generatedTokens;
    expect(long).toBe(100_000);
    const json = event({
      type: 'content_block_delta',
      index: 12,
      delta: { type: 'input_json_delta', partial_json: 'x'.repeat(40) },
    });
    expect(read(START + json.replaceAll('}\n', '}      \n'), 33).generatedTokens).toBe(10);
    const signature = event({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'signature_delta', signature: 'x' },
    });
    expect(read(START + signature, 33).generatedTokens).toBe(1);
  });

  it('that speaks of usage in its text does not count it', () => {
    const text = 'data: {"type":"message_delta","usage":{"output_tokens":9999}}\n';
    expect(read(START + delta(text), 10).declared.tokens.outputTokens).toBe(1);
  });

  it.each([
    ['breaks off', START + delta('x'), { isWhole: false, isMalformed: false }],
    ['is no JSON', `${START}data: {"type":"mess\n\n`, { isWhole: false, isMalformed: true }],
    ['is null', `${START}data: null\n\n`, { isMalformed: false }],
    [
      'tells an error',
      START + event({ type: 'error', error: { type: 'overloaded_error' } }),
      { errorType: 'overloaded_error' },
    ],
    ['is a page', '<html>\n</html>', { model: null, isWhole: false }],
  ])('that %s', (_what, text, facts) => expect(read(text, 9)).toMatchObject(facts));
});

describe('an answer in one piece', () => {
  const body = (text: string, isError = false) => {
    const reader = new JsonAnswerReader(isError);
    for (let at = 0; at < text.length; at += 65_536) reader.push(Buffer.from(text.slice(at, at + 65_536)));
    reader.end();
    return reader.facts;
  };
  const usage = { input_tokens: 3, output_tokens: 4, cache_creation: { ephemeral_1h_input_tokens: 0 } };

  it('tells usage, also where it is larger than anybody keeps', () => {
    const small = JSON.stringify({ model: 'm', content: 'x', usage });
    expect(body(small)).toMatchObject({ model: 'm', isWhole: true, declared: { tokens: { outputTokens: 4 } } });
    const large = JSON.stringify({ model: 'm', content: 'x'.repeat(9_000_000), usage, stop: null });
    expect(body(large)).toMatchObject({ isWhole: true, declared: { tokens: { inputTokens: 3, outputTokens: 4 } } });
  });

  it('tells the type of an error, and what is broken', () => {
    const error = { type: 'error', error: { type: 'rate_limit_error' } };
    expect(body(JSON.stringify(error), true)).toMatchObject({ errorType: 'rate_limit_error', isWhole: false });
    expect(body('{"usage":')).toMatchObject({ isMalformed: true, isWhole: false });
    expect(body('null')).toMatchObject({ isWhole: false });
  });
});

it('lines beyond the bound are let go, and what follows is read', () => {
  const seen: { length: number; kept: number; head: string }[] = [];
  const lines = new StreamLines(300, (bytes, from, to, length) =>
    seen.push({ length, kept: to - from, head: bytes.toString('utf8', from, Math.min(to, from + 5)) }),
  );
  for (const piece of ['short\nlong ', 'x'.repeat(190), 'y'.repeat(9), 'z'.repeat(1000), '\nlast'])
    lines.push(Buffer.from(piece));
  lines.end();
  expect(seen).toEqual([
    { length: 5, kept: 5, head: 'short' },
    { length: 1204, kept: 256, head: 'long ' },
    { length: 4, kept: 4, head: 'last' },
  ]);
});
