import { describe, expect, it } from 'vitest';
import { readConversation } from '../request/conversation.reader.js';
import { compileScript } from './script.compiler.js';
import type { ReplyBlock, Step } from './step.types.js';

const conversation = readConversation({ model: 'm', messages: [{ role: 'user', content: 'first' }] });

const show = (block: ReplyBlock): string => {
  if (block.type === 'tool_use') return `${block.name}${JSON.stringify(block.input)}`;
  if (block.type === 'pause') return `pause ${block.delayMs}`;
  return `${block.type === 'text' ? '' : 'think '}"${[...block.chunks()].join('')}"`;
};

const blocks = (step: Step): string[] => step.reply(conversation).blocks.map(show);

const compile = (prompt: string): string[][] => compileScript(prompt)!.steps.map(blocks);

describe('compileScript', () => {
  it('finds no script in a prompt without directives', () => {
    expect(compileScript('just talk')).toBeUndefined();
  });

  it.each<[string, string[][]]>([
    ['[[say a]] [[say b]]', [['"a"'], ['"b"']]],
    ['[[say a]] [[bash ls]] [[say b]]', [['"a"', 'Bash{"command":"ls","description":"Scripted command"}'], ['"b"']]],
    ['[[think n=2]]', [['think "thought 1. thought 2. "', '"Thought it over."']]],
    ['[[think x]] [[say a]]', [['think "x"', '"a"']]],
    ['[[pause 5]] [[think x]] [[read f]]', [['pause 5', 'think "x"', 'Read{"file_path":"f"}']]],
    ['[[say a]] [[end]] [[read f]]', [['"a"'], ['Read{"file_path":"f"}']]],
    ['[[say a]] [[slow first=1]] [[read f]]', [['"a"'], ['Read{"file_path":"f"}']]],
    ['[[read f]] [[read g]]', [['Read{"file_path":"f"}'], ['Read{"file_path":"g"}']]],
    [
      '[[reply [[say a]] [[pause 9]] [[say b]] [[read f]] [[read g]]]]',
      [['"a"', 'pause 9', '"b"', 'Read{"file_path":"f"}', 'Read{"file_path":"g"}']],
    ],
    ['[[write a b.txt | x | y\\n]]', [['Write{"file_path":"a b.txt","content":"x | y\\n"}']]],
    ['[[edit f | a | ]]', [['Edit{"file_path":"f","old_string":"a","new_string":""}']]],
    [
      '[[tools ["t", {"name":"Read","input":{"file_path":"f"}}, {"name":"X"}]]]',
      [['"t"', 'Read{"file_path":"f"}', 'X{}']],
    ],
    ['[[recall]]', [['"["first"]"']]],
    ['[[empty]] [[say a]]', [[], ['"a"']]],
    ['[[text n=2 size=6]]', [['"w1... w2... "']]],
    ['[[say \\u{1f600}\\u0085\\\\n\\n\\e[0m]]', [['"\u{1f600}\u0085\\n\n\u001b[0m"']]],
    ['[[say base64:w6kK]]', [['"é\n"']]],
  ])('%s', (prompt, expected) => {
    expect(compile(prompt)).toEqual(expected);
  });

  it('puts faults, headers and slowness in front of the reply that follows them', () => {
    const script = compileScript(
      '[[error 500 times=2]] [[cut after=1]] [[slow first=7]] [[header X-A: b]] [[gzip]] [[say a]] [[error 529]]',
    )!;
    const [step] = script.steps;
    expect(step!.faults.map(({ failure, times }) => [failure.what, times])).toEqual([
      ['error', 2],
      ['cut', Infinity],
    ]);
    expect(step).toMatchObject({ slowMs: 7, headers: { 'x-a': 'b' }, gzip: true });
    expect(script.closing.faults).toMatchObject([{ source: '[[error 529]]' }]);
  });

  it('keeps usage figures for all replies that follow', () => {
    const script = compileScript('[[say a]] [[usage in=1 out=2]] [[say b]] [[usage cache-read=3]] [[say c]]')!;
    expect(script.steps.map(({ usage }) => usage)).toEqual([
      {},
      { input_tokens: 1, output_tokens: 2 },
      { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 3 },
    ]);
  });

  it.each([
    ['[[nonsense]]', 'unknown directive [[nonsense]]'],
    ['[[Say a]]', 'unknown directive [[Say]]'],
    ['[[constructor]]', 'unknown directive [[constructor]]'],
    ['[[text m=5]]', 'directive [[text]] does not understand "m=5"'],
    ['[[text n=five]]', 'directive [[text]] n=five is not a number'],
    ['[[error abc]]', 'directive [[error]] needs a status from 400 to 599'],
    ['[[error 200]]', 'directive [[error]] needs a status from 400 to 599'],
    ['[[malformed how=odd]]', 'directive [[malformed]] needs how=json|order|early|html'],
    ['[[hang]]', 'directive [[hang]] needs "headers" or "stream"'],
    ['[[sse-error what]]', 'directive [[sse-error]] does not know the error type "what"'],
    ['[[write a]]', 'directive [[write]] needs path | content'],
    ['[[tool {"a":1}]]', 'directive [[tool]] needs a tool name and JSON'],
    ['[[tools [1]]]', 'directive [[tools]] needs { "name", "input" } and not 1'],
    ['[[reply words]]', 'directive [[reply]] needs directives'],
    ['[[reply [[error 500]]]]', 'unknown directive [[error]]'],
    ['[[say]]', 'directive [[say]] needs a text'],
    ['[[say base64:/w==]]', 'directive [[say]] holds base64 that is not UTF-8, which JSON cannot carry'],
    ['[[end x]]', 'directive [[end]] does not understand "x"'],
    ['[[header nothing]]', 'directive [[header]] needs "name: value"'],
  ])('refuses %s', (prompt, message) => {
    expect(() => compileScript(prompt)).toThrow(message);
  });
});
