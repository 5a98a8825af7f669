import { describe, expect, it } from 'vitest';
import { parseMessage } from './parse-message.js';

describe('a line of the CLI', () => {
  it.each(['', '   ', 'Debugger attached.', '[1,2]', '"text"', 'null'])('%j is noise', (line) => {
    expect(parseMessage(line).kind).toBe('noise');
  });

  it.each([
    '{',
    '{"type":"result"',
    '{"no":"type"}',
    '{"type":5}',
    '{"type":"result"}',
    '{"type":"assistant","message":{}}',
  ])('%j is broken', (line) => {
    expect(parseMessage(line).kind).toBe('broken');
  });

  it('an unknown type passes as it was', () => {
    expect(parseMessage('{"type":"brand_new","x":1}')).toEqual({
      kind: 'message',
      message: { type: 'unknown', original: { type: 'brand_new', x: 1 } },
    });
  });

  it('unknown fields stay', () => {
    expect(parseMessage('{"type":"system","subtype":"status","later":true}')).toMatchObject({
      message: { later: true },
    });
  });
});
