import { describe, expect, it } from 'vitest';
import { readConversation } from '../request/conversation.reader.js';
import type { ReplyBlock } from '../script/step.types.js';
import type { MessagesRequest, RequestMessage } from '../wire/api.types.js';
import { demoScript } from './demo.script.js';
import { sampleOf } from './structured.demo.js';

const request = (messages: RequestMessage[], tools = ['Bash', 'Write']): MessagesRequest => ({
  model: 'm',
  messages,
  tools: tools.map((name) => ({ name })),
});

const ask = (prompt: string, tools?: string[]) => readConversation(request([{ role: 'user', content: prompt }], tools));

function blocksOf(prompt: string, step = 0, tools?: string[]): ReplyBlock[] {
  const conversation = ask(prompt, tools);
  return demoScript(conversation).steps[step]!.reply(conversation).blocks;
}

const textOf = (blocks: ReplyBlock[]): string =>
  blocks.map((block) => (block.type === 'text' ? [...block.chunks()].join('') : '')).join('');

const lastsMs = (blocks: ReplyBlock[]): number =>
  blocks.reduce((sum, block) => sum + ('chunks' in block ? [...block.chunks()].length : 1) * block.delayMs, 0);

const PROMPTS = [
  'hello',
  'tell me a story',
  'write a program',
  'list the files',
  'how do I bake bread?',
  'what did I say before?',
  'qwertz',
  'a',
  'zzz',
];

describe('demoScript', () => {
  it.each(PROMPTS)('answers "%s" in less than 15 s, at a speed that one can read', (prompt) => {
    const conversation = ask(prompt);
    const replies = demoScript(conversation).steps.map((step) => step.reply(conversation).blocks);
    expect(replies.reduce((sum, blocks) => sum + lastsMs(blocks), 0)).toBeLessThan(15_000);
    for (const block of replies.flat()) if (block.type !== 'tool_use') expect(block.delayMs).toBeGreaterThanOrEqual(20);
  });

  it.each(PROMPTS)('says in its last words to "%s" that it is a demo', (prompt) => {
    const { length } = demoScript(ask(prompt)).steps;
    expect(textOf(blocksOf(prompt, length - 1))).toContain('scripted demo');
  });

  it('is the same for the same prompt', () => {
    expect(textOf(blocksOf('qwertz'))).toBe(textOf(blocksOf('qwertz')));
  });

  it('uses no tool that the CLI does not have', () => {
    for (const prompt of PROMPTS) {
      expect(blocksOf(prompt, 0, []).filter(({ type }) => type === 'tool_use')).toEqual([]);
    }
  });

  it('repeats what was said in the session', () => {
    const conversation = readConversation(
      request([
        { role: 'user', content: 'I like plums' },
        { role: 'assistant', content: 'ok' },
        { role: 'user', content: 'do you remember?' },
      ]),
    );
    expect(textOf(demoScript(conversation).steps[0]!.reply(conversation).blocks)).toContain('1. I like plums');
  });

  it.each([
    [{ type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } }, required: ['b'] }, { b: 42 }],
    [{ type: 'array', items: { type: 'boolean' }, minItems: 2 }, [true, true]],
    [{ enum: ['x', 'y'] }, 'x'],
    [{ type: ['null', 'string'] }, null],
    [{ anyOf: [{ const: 7 }, { type: 'string' }] }, 7],
    [undefined, 'demo'],
  ])('makes a value for the schema %j', (schema, value) => {
    expect(sampleOf(schema)).toEqual(value);
  });
});
