import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMessagesApi, type MessagesApi } from './index.js';
import { Claude, type Message } from './testing/claude.process.js';

let api: MessagesApi;
let claude: Claude;
const asked: Message[] = [];

const SCHEMA = { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] };

/** Allows everything, and takes the second option of every question. */
function answer({ subtype, tool_name, input }: Message): Message | undefined {
  if (subtype !== 'can_use_tool') return undefined;
  asked.push({ tool_name, input });
  const questions = (input.questions ?? []) as Message[];
  const answers = Object.fromEntries(questions.map(({ question, options }) => [question, options[1].label]));
  return { behavior: 'allow', updatedInput: { ...input, answers } };
}

beforeAll(async () => {
  api = await startMessagesApi();
  const args = ['--permission-prompt-tool', 'stdio', '--allowedTools', 'Bash,Write,Edit,Read,Agent'];
  claude = await Claude.start({ url: api.url, args, onRequest: answer });
});
afterAll(async () => {
  await claude[Symbol.asyncDispose]();
  await api.close();
});
beforeEach(() => {
  api.reset();
  asked.length = 0;
  claude.messages.length = 0;
});

const file = (name: string): Promise<string> => readFile(join(claude.folder, name), 'utf8');
const steps = (): string[] => api.journal.filter(({ model }) => model !== '').map(({ step, kind }) => step || kind);

describe('the real CLI runs', () => {
  it('a command, and its output comes back', async () => {
    const { result } = await claude.run('[[bash echo one; echo two >&2]] [[result]]');
    expect(result).toBe('one\ntwo');
    expect(steps()).toEqual(['[[bash echo one; echo two >&2]]', '[[result]]']);
  });

  it('a command with brackets, and says "Done." when the script has no more words', async () => {
    expect((await claude.run('[[bash a=(x y); if [[ -n ${a[1]} ]]; then echo "${a[1]}" > b.txt; fi]]'))['result']).toBe(
      'Done.',
    );
    expect(await file('b.txt')).toBe('y\n');
    expect(steps()[1]).toBe('closing');
  });

  it('Write, Edit and Read', async () => {
    const { result } = await claude.run(
      '[[write f.txt | one\\ntwo | three\\n]] [[edit f.txt | two | 2]] [[read f.txt]] [[result]]',
    );
    expect(await file('f.txt')).toBe('one\n2 | three\n');
    expect(result).toContain('2 | three');
  });

  it('any tool, and several at once', async () => {
    await writeFile(join(claude.folder, 'r.txt'), 'read me');
    await writeFile(join(claude.folder, 's.txt'), 'me too');
    const two = [
      { name: 'Bash', input: { command: 'echo [[1],[2]]' } },
      { name: 'Read', input: { file_path: 's.txt' } },
    ];
    await claude.run(`[[tool Read {"file_path":"r.txt"}]] [[tools ${JSON.stringify(['both', ...two])}]]`);
    expect(claude.toolResults.toSorted()).toEqual(['1\tme too', '1\tread me', '[[1],[2]]']);
    expect(steps()).toHaveLength(3);
  });

  it('thinking, text and two tools in one reply', async () => {
    await claude.run('[[reply [[think]] [[say look:]] [[bash echo a]] [[bash echo b]]]] [[say end]]');
    expect(claude.toolResults.toSorted()).toEqual(['a', 'b']);
    expect(steps()).toHaveLength(2);
  });

  it('a question, whose answer comes back', async () => {
    const { result } = await claude.run('[[ask Which colour? | Red | Blue]] [[result]]');
    expect(asked[0]!['input'].questions[0].options.map(({ label }: Message) => label as string)).toEqual([
      'Red',
      'Blue',
    ]);
    expect(result).toContain('Blue');
  });

  it('a tool that the model got wrong, and goes on', async () => {
    expect((await claude.run('[[tool Bash {"cmd":1}]] [[say still here]]'))['result']).toBe('still here');
    expect(claude.toolResults[0]).toContain('InputValidationError');
  });
});

describe('a subagent', () => {
  it('plays the directives of its own prompt in the foreground', async () => {
    const { result } = await claude.run('[[agent [[bash echo ${X[0]}sub > s.txt]] [[say sub done]]]] [[result]]');
    expect(result).toMatch(/^sub done/);
    expect(await file('s.txt')).toBe('sub\n');
    expect(steps()).toEqual([
      expect.stringMatching(/^\[\[agent/),
      '[[bash echo ${X[0]}sub > s.txt]]',
      '[[say sub done]]',
      '[[result]]',
    ]);
  });

  it('runs in the background, and its end is answered by the next step', async () => {
    const first = await claude.run(
      '[[agent bg=1 description=Later [[bash sleep 0.3]] [[say sub done]]]] [[say main done]] [[say noted]]',
    );
    expect(first['result']).toBe('main done');
    const second = await claude.find(({ type, origin }) => type === 'result' && origin !== undefined);
    expect(second['result']).toBe('noted');
  });

  it('runs a command in the background', async () => {
    expect((await claude.run('[[bash bg=1 sleep 0.2; echo late]] [[say main done]] [[say noted]]'))['result']).toBe(
      'main done',
    );
    expect((await claude.find(({ type, origin }) => type === 'result' && origin !== undefined))['result']).toBe(
      'noted',
    );
  });
});

describe('structured output', () => {
  it.each([
    ['at once', '[[structured {"sum":3}]]', 1],
    ['after the CLI insisted', '[[say three]] [[end]] [[structured {"sum":3}]]', 2],
  ])('%s', async (_, prompt, requests) => {
    const own = await Claude.start({ url: api.url, args: ['--json-schema', JSON.stringify(SCHEMA)] });
    expect((await own.run(prompt))['structured_output']).toEqual({ sum: 3 });
    expect(api.served().requests).toBe(requests);
    await own[Symbol.asyncDispose]();
  });
});

describe('the demo', () => {
  it('writes a program, runs it and shows what it printed', async () => {
    api.setDefault('demo');
    const { result } = await claude.run('write a program, please');
    expect(result).toContain('▲ ▲');
    expect(result).toContain('scripted demo');
    expect(await file('triangle.py')).toContain('ROWS');
    api.setDefault(undefined);
  });

  it('says so when it may not', async () => {
    api.setDefault('demo');
    const onRequest = (): Message => ({ behavior: 'deny', message: 'not today' });
    const own = await Claude.start({ url: api.url, args: ['--permission-prompt-tool', 'stdio'], onRequest });
    expect((await own.run('write a program'))['result']).toContain('> not today');
    await own[Symbol.asyncDispose]();
    api.setDefault(undefined);
  });
});
