import { describe, expect, it } from 'vitest';
import { historyOf, type PastMessage } from './api-history.js';

const text = (said: string) => ({ type: 'text', text: said });
const past = (role: PastMessage['role'], ...content: object[]): PastMessage => ({
  role,
  synthetic: false,
  content: content as PastMessage['content'],
});

describe('a conversation for the Messages API', () => {
  it('has what was said, and tools in words', () => {
    const history = historyOf(
      [
        past('user', text('look'), text('')),
        past('assistant', { type: 'thinking', thinking: 'hm', signature: 's' }, text('Looking.')),
        past('assistant', { type: 'tool_use', id: 't', name: 'Bash', input: { command: 'ls' } }),
        past('user', { type: 'tool_result', tool_use_id: 't', content: 'a.txt' }),
        past('user', { type: 'tool_result', tool_use_id: 'u', is_error: true, content: [text('no')] }),
        past('assistant', text('One file.')),
      ],
      10_000,
    );
    expect(history).toEqual([
      { role: 'user', content: [text('look')] },
      { role: 'assistant', content: [text('Looking.'), text('[called Bash with {"command":"ls"}]')] },
      {
        role: 'user',
        content: [text('[the tool answered: a.txt]'), text('[the tool failed: [{"type":"text","text":"no"}]]')],
      },
      { role: 'assistant', content: [text('One file.')] },
    ]);
  });

  it('keeps what a person sent, and leaves out what the CLI wrote', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'x' } };
    const written = { ...past('assistant', text('API Error')), synthetic: true };
    expect(historyOf([past('user', image, text('this')), written], 1000)).toEqual([
      { role: 'user', content: [image, text('this')] },
    ]);
  });

  it('begins with the user, and is the newest part of a long one', () => {
    const long = Array.from({ length: 50 }, (_, n) =>
      past(n % 2 === 0 ? 'user' : 'assistant', text(`${n} `.repeat(50))),
    );
    const history = historyOf(long, 1000);
    expect(history[0]?.role).toBe('user');
    expect(history[0]?.content[0]?.text).toContain('left out');
    expect(history.length).toBeLessThan(15);
    expect(history.at(-1)?.content[0]?.text).toContain('49');
    expect(historyOf([past('assistant', text('first'))], 1000).map(({ role }) => role)).toEqual(['user', 'assistant']);
  });
});
