import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Frame, type Run, type RunRequest } from '@steward/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

/** Commands and subagents that the agent leaves running when its answer is there. */
describe('background tasks', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer(
    {
      cold: true,
      env: { STEWARD_AUTO_ALLOWED_TOOLS: 'Bash,Agent,Read,Write', STEWARD_BACKGROUND_MAX_WAIT_MS: '3000' },
    },
    (standing) => ({ api, server } = standing),
  );
  beforeEach(() => api.reset());

  async function carry(
    request: RunRequest,
  ): Promise<{ run: Run; frames: Frame[]; background: string[]; file: string }> {
    const { id, sessionId } = await server.client().submit(request);
    const frames = await collect(server.client().follow(id));
    expectWhole(frames);
    const background = frames.flatMap(({ type, data }) =>
      type === 'run.progress' && data['activity'] === 'background' ? [String(data['taskStatus'])] : [],
    );
    const file = join(server.dataDir, 'sessions', sessionId, 'workspace', 'late.txt');
    return { run: await server.client().run(id), frames, background, file };
  }

  const steps = () => api.journal.filter(({ kind }) => kind === 'step').map(({ step }) => step);

  it('a command is ended with the answer, told, and has no effect after it', async () => {
    const { run, background, file } = await carry({
      prompt: '[[bash bg=1 sleep 2; echo late > late.txt]] [[say first]] [[say second]]',
    });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'first' } });
    expect(background).toEqual(['stopped']);
    await expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);
    await new Promise((done) => setTimeout(done, 2500));
    expect(existsSync(file)).toBe(false);
    expect(steps()).toEqual(['[[bash bg=1 sleep 2; echo late > late.txt]]', '[[say first]]']);
  });

  it('a subagent is ended with the answer, told, and no turn about it follows', async () => {
    const { run, background } = await carry({
      prompt: '[[agent bg=1 [[bash sleep 20]] [[say sub done]]]] [[say first]] [[say second]]',
    });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'first' } });
    expect(background).toEqual(['stopped']);
    await expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);
    expect(steps()).not.toContain('[[say second]]');
    // What the subagent cost until then is this run's.
    expect(run.usage.outputTokens).toBe(api.served().usage.output_tokens);
  });

  // 2.1.329 refuses a long `sleep` in the foreground, so that a subagent would be done at once.
  it('several of both: nothing more is asked of the model, and the answer stays in the conversation', async () => {
    const { run, background } = await carry({
      prompt:
        '[[bash bg=1 sleep 50]] [[agent bg=1 [[bash timeout 50 tail -f /dev/null]] [[say a]]]] [[agent bg=1 [[bash timeout 60 tail -f /dev/null]] [[say b]]]] [[say first]] [[say second]]',
    });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'first' } });
    expect(background).toEqual(['stopped', 'stopped', 'stopped']);
    await expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);
    expect(steps()).not.toContain('[[say second]]');
    expect(run.usage.outputTokens).toBe(api.served().usage.output_tokens);
    await carry({ prompt: '[[say again]]', sessionId: run.sessionId });
    expect(JSON.stringify(api.journal.at(-1)?.body?.messages)).toContain('"text":"first"');
  });

  it('the session goes on after either', async () => {
    const first = await carry({ prompt: '[[agent bg=1 [[bash sleep 20]]]] [[say first]]' });
    const again = await carry({ prompt: '[[say again]]', sessionId: first.run.sessionId });
    expect(again.run).toMatchObject({ state: 'completed', result: { text: 'again' } });
    expect(again.background).toEqual([]);
  });

  it('waited for: the turns that report on them belong to the run, with events, usage and cost', async () => {
    const { run, frames, background, file } = await carry({
      prompt:
        '[[agent bg=1 [[bash sleep 0.5]] [[say sub done]]]] [[bash bg=1 sleep 1.5; echo late > late.txt]] [[say first]] [[say second]] [[say third]]',
      backgroundTasks: 'wait',
    });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'third' }, error: null });
    expect(background).toEqual(['waiting', 'waiting', 'completed', 'waiting', 'completed']);
    expect(existsSync(file)).toBe(true);
    const text = frames.flatMap(({ type, data }) => (type === 'text.delta' ? [data['text']] : [])).join(' ');
    expect(text).toBe('first second third');
    expect(run.usage.outputTokens).toBe(api.served().usage.output_tokens);
  });

  it('that end while the turn goes on are told in it, and waited for no longer', async () => {
    const { run, background } = await carry({
      prompt: '[[bash bg=1 sleep 0.1]] [[bash sleep 1; echo b]] [[result]]',
      backgroundTasks: 'wait',
    });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'b' } });
    // Of 3 s that tasks are waited for.
    expect(background).not.toContain('waiting');
    expect(JSON.stringify(api.journal.findLast(({ kind }) => kind === 'step')?.body?.messages)).toContain(
      'task-notification',
    );
  });

  it('waited for, but not longer than the operator allows', async () => {
    const { run, background } = await carry({
      prompt: '[[bash bg=1 sleep 60]] [[say first]] [[say second]]',
      backgroundTasks: 'wait',
    });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'first' } });
    expect(background).toEqual(['waiting', 'stopped']);
  });

  it('waiting ends with the run’s own time, too', async () => {
    const { run } = await carry({
      prompt: '[[bash bg=1 sleep 60]] [[say first]]',
      backgroundTasks: 'wait',
      timeoutMs: 2000,
    });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'run.timed_out' } });
    await expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);
  });

  it('a command in the foreground that takes long is no background task', async () => {
    const { run, background } = await carry({ prompt: '[[bash sleep 3.5; echo done]] [[result]]' });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'done' } });
    expect(background).toEqual(['completed']);
  });
});
