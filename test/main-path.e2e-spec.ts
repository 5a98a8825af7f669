import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Frame } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { collect } from './support/collect.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

/** The main job: a prompt over HTTP runs in the real CLI and streams back. */
describe('the main path', () => {
  let server: ServerProcess;

  withServer({ cold: true }, (standing) => ({ server } = standing));

  const framesOf = async (id: string, after = 0): Promise<Frame[]> => collect(server.client().follow(id, { after }));

  it('POST /execute answers with the whole run', async () => {
    const run = await server.client().execute({ prompt: '[[say Hello, world.]]', metadata: { ticket: '7' } });
    expect(run).toMatchObject({
      state: 'completed',
      waitingFor: null,
      attempts: 1,
      owner: { tenant: 'local', user: 'local' },
      metadata: { ticket: '7' },
      result: { text: 'Hello, world.', structured: null, stopReason: 'end_turn', numTurns: 1 },
      error: null,
    });
    expect(run.usage.outputTokens).toBeGreaterThan(0);
    expect(run.costUsd).toMatch(/^0\.\d+$/);
    expect(await server.client().run(run.id)).toEqual(run);
  });

  it('streams every delta, gap-free, with one terminal event at the end', async () => {
    const { id } = await server.client().submit({ prompt: '[[text n=40 delay=5]]' });
    const frames = await framesOf(id);
    expect(frames.map((frame) => frame.seq)).toEqual(frames.map((_frame, index) => index + 1));
    expect(frames.every((frame, index) => frame.fromSeq === (frames[index - 1]?.seq ?? 0) + 1)).toBe(true);
    const deltas = frames.filter((frame) => frame.type === 'text.delta');
    expect(deltas).toHaveLength(40);
    const run = await server.client().run(id);
    expect(deltas.map((frame) => frame.data['text']).join('')).toBe(run.result?.text);
    expect(frames.filter((frame) => /^run\.(completed|failed|cancelled)$/.test(frame.type))).toEqual([frames.at(-1)]);
    expect(await framesOf(id, 10)).toEqual(frames.slice(10));
  });

  it('does what the model asks of Bash and Write, in the workspace of the session', async () => {
    const { id, sessionId } = await server
      .client()
      .submit({ prompt: '[[bash echo made > by-bash.txt && pwd]] [[write by-write.txt | hello]] [[say done]]' });
    const frames = await framesOf(id);
    const tools = frames
      .filter((frame) => frame.type === 'tool.started' || frame.type === 'tool.finished')
      .map(({ type, data }) => [type, data.name, 'isError' in data ? data.isError : undefined]);
    expect(tools).toEqual([
      ['tool.started', 'Bash', undefined],
      ['tool.finished', 'Bash', false],
      ['tool.started', 'Write', undefined],
      ['tool.finished', 'Write', false],
    ]);
    const workspace = join(server.dataDir, 'sessions', sessionId, 'workspace');
    expect(readFileSync(join(workspace, 'by-bash.txt'), 'utf8')).toBe('made\n');
    expect(readFileSync(join(workspace, 'by-write.txt'), 'utf8')).toBe('hello');
    expect(frames.at(-1)?.data).toMatchObject({ result: { text: 'done' } });
    expect(existsSync(join(server.dataDir, 'sessions', sessionId, 'home'))).toBe(true);
  });

  it('leaves no agent process behind', async () => {
    await expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);
  });
});
