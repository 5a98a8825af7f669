import { describe, expect, it } from 'vitest';
import { type SseMessage, SseParser } from './sse.parser.js';

const STREAM =
  'retry: 1000\n\n:\n\nid: 1\nevent: text.delta\ndata: {"text":"a\u2028b\u0085 🎉"}\n\n: beat\n\nid:2\r\nevent:x\r\ndata: \r\ndata:two\r\n\r\nid: 3\nevent: lost\n\ndata: plain\n\n';
const MESSAGES: SseMessage[] = [
  { id: '1', event: 'text.delta', data: '{"text":"a\u2028b\u0085 🎉"}' },
  { id: '2', event: 'x', data: '\ntwo' },
  { id: '3', event: '', data: '' },
  { id: '', event: 'message', data: 'plain' },
];

describe('the parser of event streams', () => {
  it.each([1, 2, 3, 7, 16, 1000])('reads a stream in chunks of %i', (size) => {
    const parser = new SseParser();
    const found: SseMessage[] = [];
    for (let at = 0; at < STREAM.length; at += size) found.push(...parser.push(STREAM.slice(at, at + size)));
    expect(found).toEqual(MESSAGES);
  });

  it('gives nothing of an event that broke off', () => {
    const parser = new SseParser();
    expect([...parser.push('id: 1\ndata: {"a":1}\n')]).toEqual([]);
  });

  it('takes a line of many megabytes in small chunks', () => {
    const parser = new SseParser();
    const found = [...parser.push('data: ')];
    for (let i = 0; i < 5000; i += 1) found.push(...parser.push('x'.repeat(1000)));
    found.push(...parser.push('\n\n'));
    expect(found.map(({ data }) => data.length)).toEqual([5_000_000]);
  });
});
