import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startMessagesApi, type MessagesApi } from './index.js';
import { Claude, type ClaudeOptions, type Message } from './testing/claude.process.js';

let api: MessagesApi;
const started: Claude[] = [];

beforeAll(async () => {
  api = await startMessagesApi({ hostTexts: [{ pattern: /^Outcome unknown/, turns: 1 }] });
});
afterAll(() => api.close());
afterEach(async () => {
  await Promise.all(started.splice(0).map((claude) => claude[Symbol.asyncDispose]()));
});

async function start(options: Partial<ClaudeOptions> = {}): Promise<Claude> {
  const claude = await Claude.start({ url: api.url, ...options });
  started.push(claude);
  return claude;
}

const isResult = ({ type }: Message): boolean => type === 'result';
const recalled = async (claude: Claude): Promise<unknown> =>
  JSON.parse((await claude.run('[[recall]]'))['result'] as string);

describe('a session is remembered', () => {
  it('by another process that resumes it, and by a fork', async () => {
    const id = randomUUID();
    const first = await start({ args: ['--session-id', id] });
    await first.run('[[say one]]');
    await first.stop();
    const second = await start({ folder: first.folder, args: ['--resume', id] });
    expect(await recalled(second)).toEqual(['[[say one]]', '[[recall]]']);
    await second.stop();
    const fork = await start({ folder: first.folder, args: ['--resume', id, '--fork-session'] });
    expect(await recalled(fork)).toEqual(['[[say one]]', '[[recall]]', '[[recall]]']);
  });

  it('by an API that was started anew in the middle of a script', async () => {
    const other = await startMessagesApi();
    const claude = await start({ url: other.url, args: ['--allowedTools', 'Bash'] });
    claude.send('[[bash sleep 0.7]] [[say two]]');
    await claude.find(({ type, message }) => type === 'assistant' && message.content[0].type === 'tool_use');
    await other.close();
    const again = await startMessagesApi({ port: other.port });
    expect((await claude.find(isResult))['result']).toBe('two');
    expect(again.journal.at(-1)).toMatchObject({ step: '[[say two]]', stepIndex: 1 });
    await again.close();
  });

  it('through a compaction', async () => {
    const claude = await start();
    await claude.run('[[say one]]');
    await claude.run('[[say two]]');
    await claude.run('/compact');
    expect(await recalled(claude)).toEqual(['[[say one]]', '[[say two]]', '[[recall]]']);
  });

  it('by a process that was killed inside a tool, and the script goes on behind it', async () => {
    const id = randomUUID();
    const first = await start({ args: ['--session-id', id, '--allowedTools', 'Bash'] });
    first.send('[[bash sleep 0.4]] [[say after]]');
    await first.find(({ type, message }) => type === 'assistant' && message.content[0].type === 'tool_use');
    await first.kill();
    const second = await start({ folder: first.folder, args: ['--resume', id] });
    expect((await second.run('Outcome unknown: Bash {"command":"sleep 0.4"}'))['result']).toBe('after');
  });
});

describe('what is said while the model works', () => {
  it.each([['opus'], ['haiku']])('steers the script when a tool runs (%s)', async (model) => {
    const claude = await start({ args: ['--allowedTools', 'Bash', '--model', model] });
    claude.send('[[bash sleep 0.5]] [[say not this]]');
    await claude.find(({ type, message }) => type === 'assistant' && message.content[0].type === 'tool_use');
    claude.send('instead [[bash echo steered]] [[result]]');
    expect((await claude.find(isResult))['result']).toBe('steered');
  });

  it('is the next prompt after an interruption', async () => {
    const claude = await start();
    claude.send('[[text n=1000 delay=20]]');
    await claude.find(({ type, event }) => type === 'stream_event' && event.type === 'content_block_delta');
    await claude.control({ subtype: 'interrupt' });
    await claude.find(isResult);
    expect(await recalled(claude)).toEqual(['[[text n=1000 delay=20]]', '[[recall]]']);
  });

  it('lets hooks send the model on', async () => {
    let stops = 0;
    const onRequest = ({ subtype }: Message): Message | undefined =>
      subtype === 'hook_callback' ? (stops++ === 0 ? { decision: 'block', reason: 'do more' } : {}) : undefined;
    const claude = await start({ onRequest });
    await claude.control({ subtype: 'initialize', hooks: { Stop: [{ hookCallbackIds: ['stop'] }] } });
    expect((await claude.run('[[say one]] [[say two]]'))['result']).toBe('two');
  });
});

describe('requests of the CLI for itself', () => {
  it('do not play the directives that they quote', async () => {
    const claude = await start();
    const title = await claude.control({ subtype: 'generate_session_title', description: 'about [[error 500]]' });
    expect(title['response']).toEqual({ title: 'Scripted session' });
  });

  it('label tools', async () => {
    const claude = await start({ args: ['--allowedTools', 'Bash'], env: { CLAUDE_CODE_EMIT_TOOL_USE_SUMMARIES: '1' } });
    await claude.run('[[bash echo "]] [[error 500]]"]] [[say done]]');
    expect(await claude.find(({ type }) => type === 'tool_use_summary')).toMatchObject({
      summary: 'Ran scripted tools',
    });
  });

  it('let tools pass in the permission mode auto', async () => {
    const claude = await start({ args: ['--permission-mode', 'auto'] });
    expect((await claude.run('[[bash python3 -c "print(6 * 7)"]] [[result]]'))['result']).toBe('42');
    expect(api.journal.map(({ kind }) => kind)).toContain('auxiliary:classifier');
  });
});
