import { describe, expect, it } from 'vitest';
import type { ContentBlock, RequestMessage } from '../wire/api.types.js';
import { readConversation } from './conversation.reader.js';
import { recallLine } from './synthetic.text.js';

const text = (value: string): ContentBlock => ({ type: 'text', text: value });
const user = (...content: (string | ContentBlock)[]): RequestMessage => ({
  role: 'user',
  content: content.map((block) => (typeof block === 'string' ? text(block) : block)),
});
const assistant = (content: string): RequestMessage => ({ role: 'assistant', content });
const result = (content: string | ContentBlock[], is_error = false): ContentBlock => ({
  type: 'tool_result',
  tool_use_id: 't',
  content,
  is_error,
});
const reminder = (value: string): string => `<system-reminder>\n${value}\n</system-reminder>\n\n`;

const read = (...messages: RequestMessage[]) => readConversation({ model: 'm', messages });

describe('readConversation', () => {
  it.each<[string, RequestMessage[], { prompts: string[]; turns: number }]>([
    ['a first prompt', [user(reminder('[[say no]]'), 'p')], { prompts: ['p'], turns: 0 }],
    ['a prompt as plain string', [{ role: 'user', content: 'p' }], { prompts: ['p'], turns: 0 }],
    ['a reminder around the prompt', [user(`${reminder('x')}p`)], { prompts: ['p'], turns: 0 }],
    [
      'tool round trips',
      [user('p'), assistant('a'), user(result('r')), assistant('b'), user(result('s'))],
      { prompts: ['p'], turns: 2 },
    ],
    [
      'one reply in two messages',
      [user('p'), assistant('a'), assistant('b'), user(result('r'))],
      { prompts: ['p'], turns: 1 },
    ],
    ['a later prompt', [user('p'), assistant('a'), user('q')], { prompts: ['p', 'q'], turns: 0 }],
    ['a prompt merged behind a failed one', [user('p\n', 'q')], { prompts: ['p', 'q'], turns: 0 }],
    [
      'a prompt behind an interruption',
      [user('p'), assistant('a'), user('[Request interrupted by user]\n', 'q')],
      { prompts: ['p', 'q'], turns: 0 },
    ],
    [
      'a notification',
      [user('p'), assistant('a'), user('<task-notification>\n[[say x]]</task-notification>')],
      { prompts: ['p'], turns: 1 },
    ],
    [
      'an auto-continue',
      [user('p'), assistant('a'), user('Output token limit hit. Resume directly — no apology')],
      { prompts: ['p'], turns: 1 },
    ],
    [
      'a nudge, whose empty reply is missing',
      [user('p\n', '[Your previous response had no visible output. Please continue]')],
      { prompts: ['p'], turns: 1 },
    ],
    [
      'stop hook feedback',
      [user('p'), assistant('a'), user('Stop hook feedback:\nmore')],
      { prompts: ['p'], turns: 1 },
    ],
    [
      'a resumed stump',
      [user('p\n', 'Continue from where you left off.'), assistant('No response requested.'), user('q')],
      { prompts: ['p', 'q'], turns: 0 },
    ],
    [
      'a slash command',
      [user('<command-name>/compact</command-name>', '<local-command-stdout>x</local-command-stdout>', 'q')],
      { prompts: ['q'], turns: 0 },
    ],
    [
      'system messages',
      [user('p'), { role: 'system', content: 'Available agent types [[say x]]' }],
      { prompts: ['p'], turns: 0 },
    ],
    [
      'steering by a system message',
      [
        user('p'),
        assistant('a'),
        user(result('r')),
        {
          role: 'system',
          content:
            'The user sent a new message while you were working:\nq [[say b]]\n\nIMPORTANT: After completing your current task, you MUST',
        },
      ],
      { prompts: ['p', 'q [[say b]]'], turns: 0 },
    ],
    [
      'steering inside a tool result',
      [
        user('p'),
        assistant('a'),
        user(
          result(
            `r\n\n${reminder('The user sent a new message while you were working:\nq\n\nIMPORTANT: After completing your')}`,
          ),
        ),
      ],
      { prompts: ['p', 'q'], turns: 0 },
    ],
    [
      'a compacted conversation',
      [
        user(
          `This session is being continued from a previous conversation\n\nSummary:\n${recallLine(['a', 'b "c"'])}\n\nIf you need`,
        ),
        assistant('x'),
        user('q'),
      ],
      { prompts: ['a', 'b "c"', 'q'], turns: 0 },
    ],
  ])('reads %s', (_, messages, expected) => {
    expect(read(...messages)).toMatchObject({ ...expected, prompt: expected.prompts.at(-1) });
  });

  it('gives the newest tool result without what the CLI added', () => {
    expect(read(user('p'), assistant('a'), user(result([text('r')], true))).lastResult).toEqual({
      text: 'r',
      isError: true,
    });
    expect(read(user('p'), assistant('a'), user(result(`r\n\n${reminder('x')}`))).lastResult?.text).toBe('r');
    expect(read(user('p'), assistant('a'), user(result('r')), assistant('b'), user('q')).lastResult).toBeUndefined();
  });

  it('goes on through texts that the host declares its own, and counts lost replies', () => {
    const hostTexts = [
      { pattern: /^Outcome unknown/, turns: 1 },
      { pattern: /^Please go on/, turns: 0 },
    ];
    const after = (...texts: string[]) => readConversation({ model: 'm', messages: [user('p', ...texts)] }, hostTexts);
    expect(after('Outcome unknown: Bash [[say x]]')).toMatchObject({ prompt: 'p', turns: 1 });
    expect(after('Please go on')).toMatchObject({ prompt: 'p', turns: 0 });
    expect(after('Something else')).toMatchObject({ prompt: 'Something else', turns: 0 });
  });
});
