import { resolve } from 'node:path';
import { type Frame, type Run } from '@steward/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { ServerProcess } from './support/server.process.js';

interface Expected {
  readonly state: Run['state'];
  readonly text?: string;
  readonly code?: string;
  readonly message?: string;
}

const completed = (text: string): Expected => ({ state: 'completed', text });
const failed = (code: string, message?: string): Expected => ({ state: 'failed', code, message });

/** Results of the CLI that are missing, doubled, empty, late or broken: one terminal event, with the true reason. */
const CASES: Record<string, Expected> = {
  missing: failed('cli.crashed', 'exit code 0'),
  'missing and failing': failed('cli.crashed', 'exit code 3'),
  'nothing but idle': failed('cli.protocol', 'it is idle without a result'),
  doubled: completed('one'),
  empty: completed(''),
  late: completed('late'),
  'an error after it': completed('one'),
  'a crash after it': completed('one'),
  'an error, then the end': failed('cli.failed', 'error_during_execution'),
  'an error with exit code 0': failed('cli.failed', 'error_during_execution'),
  'cut in the middle': failed('cli.protocol', 'cut off'),
  'not JSON': failed('cli.protocol', 'incomplete message of type result'),
  'noise around it': completed('one'),
  'of kinds that nobody knows': completed('one'),
  'with figures that are none': completed('one'),
  'of another shape': completed(''),
  'a failure of a new kind': failed('cli.failed', 'error_new'),
  'behind a message of another shape': failed('cli.protocol', 'unexpected shape'),
  'of another prompt': completed('ours'),
};

describe('a result that is', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start({
      modelUrl: 'http://127.0.0.1:9',
      cold: true,
      env: { CLAUDE_CLI_PATH: resolve('test/fixtures/programs/odd-claude.mjs') },
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function carry(prompt: string): Promise<{ run: Run; frames: Frame[] }> {
    const { id } = await server.client().submit({ prompt, timeoutMs: 15_000 });
    const frames = await collect(server.client().follow(id));
    return { run: await server.client().run(id), frames };
  }

  it.each(Object.entries(CASES))('%s', async (prompt, { state, text, code, message }) => {
    const { run, frames } = await carry(prompt);
    expectWhole(frames);
    expect(run.state).toBe(state);
    if (text !== undefined) expect(run.result?.text).toBe(text);
    if (code !== undefined) expect(run.error?.code).toBe(code);
    if (message !== undefined) expect(JSON.stringify(run.error)).toContain(message);
    await expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);
  });

  it('of kinds that nobody knows passes as it is, and is counted', async () => {
    const { frames } = await carry('of kinds that nobody knows');
    const raw = frames.filter((frame) => frame.type === 'raw').map(({ data }) => data.message);
    expect(raw).toEqual([
      { type: 'brand_new', x: 1 },
      { type: 'system', subtype: 'brand_new', y: 2 },
    ]);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/steward_cli_messages_total\{type="unknown"\} \d/);
    expect(metrics).toMatch(/steward_cli_messages_total\{type="system\/unknown"\} \d/);
  });
});
