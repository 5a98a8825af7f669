import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';

/** No prefix that a pattern would know: masked only because it is the configured one. */
const SECRET = 'marzipan-4711-potato';
const NO_MODEL = 'http://127.0.0.1:1';

const startWith = (cliPath: string, env: Record<string, string> = {}): Promise<ServerProcess> =>
  ServerProcess.start({
    modelUrl: NO_MODEL,
    cold: true,
    env: { CLAUDE_CLI_PATH: cliPath, ANTHROPIC_API_KEY: SECRET, ...env },
  });

/** A CLI that is missing, does not start, or says what nobody understands: the run says so, the server lives. */
describe('a CLI that misbehaves', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startWith(resolve('test/fixtures/odd_cli.py'), { STEWARD_MAX_LINE_BYTES: '65536' });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  afterEach(async () => {
    await expect.poll(() => server.agentProcesses(), { timeout: 3000 }).toEqual([]);
    expect((await send(server.url, '/health/ready')).status).toBe(200);
  });

  it('passes over lines that are no messages, and over types that it does not know', async () => {
    const { id } = await server.client().submit({ prompt: 'noise' });
    const frames = await collect(server.client().follow(id));
    expectWhole(frames);
    expect(frames.find((frame) => frame.type === 'raw')?.data['message']).toMatchObject({
      type: 'a_type_of_next_year',
    });
    expect(frames.at(-1)).toMatchObject({ type: 'run.completed', data: { result: { text: 'through the noise' } } });
  });

  it.each([
    ['a line of broken JSON', 'broken', 'cli.protocol', /not JSON/],
    ['a message without a type', 'typeless', 'cli.protocol', /without a type/],
    ['half a line and then its end', 'half', 'cli.protocol', /cut off/],
    ['a line beyond the bound', 'large', 'cli.protocol', /more than 65536 bytes/],
    ['an exit in the middle', 'leave', 'cli.crashed', /exit code 3/],
    ['a death by a signal', 'crash', 'cli.crashed', /\(SIGKILL\)/],
    ['an interrupt that nobody asked for', 'stopped', 'cli.crashed', /\(interrupted\)/],
  ])('fails the run after %s', async (_name, prompt, code, message) => {
    const { id } = await server.client().submit({ prompt });
    const frames = await collect(server.client().follow(id));
    expectWhole(frames);
    const run = await server.client().run(id);
    expect(run).toMatchObject({ state: 'failed', error: { code } });
    expect(run.error?.message).toMatch(message);
  });

  it('ends one that hears no signal, soon after a cancel', async () => {
    const { id } = await server.client().submit({ prompt: 'deaf' });
    await expect.poll(async () => (await server.client().run(id)).lastSeq, { timeout: 5000 }).toBeGreaterThan(1);
    const asked = performance.now();
    await server.client().cancel(id);
    await collect(server.client().follow(id));
    expect(performance.now() - asked).toBeLessThan(3000);
  });

  it('keeps its last words on stderr in the log, without the secret', async () => {
    const run = await server.client().execute({ prompt: 'leave' });
    await expect.poll(() => server.output(), { timeout: 3000 }).toContain('last words');
    expect(server.output()).toContain('key [redacted]');
    expect(server.output()).not.toContain(SECRET);
    expect(JSON.stringify([run, await server.client().history(run.id)])).not.toMatch(/last words|marzipan/);
  });
});

describe('a CLI that does not start', () => {
  it('is told by health and by each run, with what to do, while the server works', async () => {
    await using server = await startWith('/nowhere/claude');
    const health = JSON.parse((await send(server.url, '/api/v1/claude/health')).text) as Record<string, unknown>;
    expect(health).toMatchObject({ status: 'degraded', cli: { ok: false, code: 'cli.not_found' } });
    expect(JSON.stringify(health)).toContain('npm install');
    const run = await server.client().execute({ prompt: 'x' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'cli.not_found' } });
    expect(run.error?.message).toContain('CLAUDE_CLI_PATH');
    expect(server.output()).toContain('cli.not_found');
  });

  it('is told apart from one that is missing when it does not tell its version', async () => {
    await using server = await startWith('/bin/false');
    const health = JSON.parse((await send(server.url, '/api/v1/claude/health')).text) as Record<string, unknown>;
    expect(health).toMatchObject({ status: 'degraded', cli: { ok: false, code: 'cli.unusable' } });
    const run = await server.client().execute({ prompt: 'x' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'cli.unusable', details: { source: 'setting' } } });
  });

  it('fails the run when it exits at once; stderr is in the log, redacted', async () => {
    await using server = await startWith(resolve('test/fixtures/failing_cli.sh'));
    const run = await server.client().execute({ prompt: 'x' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'cli.failed_to_start', retryable: true } });
    expect(run.error?.message).toContain('exit code 1');
    await expect.poll(() => server.output(), { timeout: 3000 }).toContain('the native library is missing');
    expect(server.output()).not.toContain(SECRET);
    expect(await server.agentProcesses()).toEqual([]);
  });

  it('fails the run when it is not ready in time', async () => {
    await using server = await startWith(resolve('test/fixtures/silent_cli.sh'), {
      STEWARD_CLI_START_TIMEOUT_MS: '600',
    });
    const run = await server.client().execute({ prompt: 'x' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'cli.start_timed_out' } });
    expect(await server.agentProcesses()).toEqual([]);
  });
});
