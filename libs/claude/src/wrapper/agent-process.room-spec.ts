import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processesWithMark } from '../../../../test/support/processes.js';
import { parseMessage, userLine } from '../command/index.js';
import { redact } from '../error/index.js';
import { AgentProcess } from './agent-process.js';
import { type AgentObserver, type AgentProcessOptions } from './agent-process.types.js';
import { type ExitReport } from './supervisor-channel.js';

const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
const STAND_IN = resolve('test/fixtures/agent_stand_in.py');
const LINE = userLine('go', randomUUID());

const TIMINGS = {
  startTimeoutMs: 3000,
  interruptGraceMs: 200,
  eofGraceMs: 200,
  killGraceMs: 200,
  controlTimeoutMs: 10_000,
  renewDeadlineMs: 8000,
};

const WATCHER: AgentObserver = {
  spawned: () => undefined,
  moved: () => undefined,
  sampled: () => undefined,
  limited: () => undefined,
  exited: () => undefined,
};

describe('one agent process', () => {
  let folder: string;
  let mark: string;
  let told: { report: ExitReport; stderr: string; asked: boolean } | undefined;

  beforeAll(() => {
    folder = mkdtempSync(`${tmpdir()}/steward-agent-`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => expect(await processesWithMark(mark)).toEqual([]));

  function start(kind: string, more: Partial<AgentProcessOptions> = {}): Promise<AgentProcess> {
    mark = `room#${randomUUID()}`;
    told = undefined;
    return AgentProcess.start({
      cliPath: STAND_IN,
      arguments: [kind],
      environment: { PATH: process.env['PATH'] ?? '' },
      workspace: folder,
      supervisor: [PYTHON, '-S', '-E', '-s', resolve('scripts/claude_wrapper.py')],
      keeper: null,
      supervision: [],
      mark,
      initialize: { subtype: 'initialize' },
      sweep: () => Promise.resolve(),
      parse: parseMessage,
      redact: (text) => redact(text),
      answer: () => ({ ok: false, error: 'not asked for' }),
      signal: new AbortController().signal,
      timings: TIMINGS,
      maxLineBytes: 2_000_000,
      observer: {
        ...WATCHER,
        exited: (report, stderr, asked) => (told = { report, stderr, asked }),
      },
      ...more,
    });
  }

  it.each([
    ['dies-at-start', 'cli.failed_to_start', { exit: 'exit code 7' }],
    ['never-ready', 'cli.start_timed_out', { timeoutMs: 3000 }],
    ['failed-resume', 'cli.failed_to_start', { reason: 'No conversation found with session ID: x' }],
  ])('%s: the start fails with %s and leaves nothing', async (kind, code, details) => {
    await expect(start(kind)).rejects.toMatchObject({ code, details });
    if (kind === 'dies-at-start') expect(told?.stderr).toBe('cannot load module');
  });

  it('a program that is not there cannot be spawned', async () => {
    await expect(start('', { cliPath: '/nonexistent/claude' })).rejects.toMatchObject({
      code: 'cli.spawn_failed',
      details: { errno: 'ENOENT' },
    });
    await expect(start('', { supervisor: ['/nonexistent/python3'] })).rejects.toMatchObject({
      code: 'cli.spawn_failed',
      details: { errno: 'ENOENT' },
    });
  });

  it.each([
    ['exit-without-result', 'cli.crashed', { exit: 'exit code 0' }],
    ['exit-3', 'cli.crashed', { exit: 'exit code 3' }],
    ['killed', 'cli.crashed', { exit: 'SIGSEGV', reason: 'signal' }],
    ['holds-stdout', 'cli.crashed', { exit: 'exit code 0' }],
    ['closes-stdout', 'cli.protocol', { reason: 'it closed its stdout' }],
    ['half-line', 'cli.protocol', { reason: 'a line that was cut off by the end' }],
    ['half-line-killed', 'cli.crashed', { exit: 'SIGKILL', reason: 'signal' }],
    ['broken-line', 'cli.protocol', { reason: 'a line that is not JSON' }],
    ['long-line', 'cli.protocol', { reason: 'a line of more than 2000000 bytes' }],
  ])('%s: the run fails with %s', async (kind, code, details) => {
    const agent = await start(kind);
    await expect(agent.prompt(LINE, () => undefined)).rejects.toMatchObject({ code, details });
    await agent.stop();
    expect(agent.state).toBe('exited');
  });

  it('a prompt to one that has ended meanwhile fails as one that ends during it', async () => {
    const agent = await start('two-results');
    process.kill((await processesWithMark(mark)).at(-1)!, 'SIGKILL');
    await agent.exited;
    await expect(agent.prompt(LINE, () => undefined)).rejects.toMatchObject({ code: 'cli.crashed' });
    expect(agent.state).toBe('exited');
  });

  it('a broken line is quoted without its secret', async () => {
    const agent = await start('broken-line');
    const failure = await agent.prompt(LINE, () => undefined).catch((error: unknown) => error);
    expect(failure).toMatchObject({ details: { excerpt: '{"key": [redacted], broken' } });
    await agent.stop();
  });

  it('the first result of a prompt is its result; a second one is not the next one’s', async () => {
    const agent = await start('two-results');
    expect(await agent.prompt(LINE, () => undefined)).toMatchObject({ result: 'first' });
    await agent.stop();
  });

  it('a result with an origin ends nothing', async () => {
    const agent = await start('unsolicited');
    const seen: unknown[] = [];
    const result = await agent.prompt(LINE, (message) => void seen.push(message));
    expect(result.result).toBe('the answer');
    expect(seen).toHaveLength(2);
    await agent.stop();
  });

  it('characters that chunks cut apart, and noise between lines', async () => {
    const cut = await start('utf8');
    expect((await cut.prompt(LINE, () => undefined)).result).toBe('é\u2028\u0085🎈'.repeat(1000));
    await cut.stop();
    const noisy = await start('noise');
    expect((await noisy.prompt(LINE, () => undefined)).result).toBe('done');
    await noisy.stop();
  });

  it('reading stops while the consumer is behind', async () => {
    const agent = await start('noise');
    let release = () => {};
    const behind = new Promise<void>((done) => (release = done));
    let ended = false;
    const result = agent.prompt(LINE, () => behind).then(() => (ended = true));
    await new Promise((done) => setTimeout(done, 100));
    expect(ended).toBe(false);
    release();
    await result;
    await agent.stop();
  });

  it.each(['deaf', 'silent'])('%s: the ladder ends it in bounded time, and the first reason is kept', async (kind) => {
    const agent = await start(kind);
    const run = agent.prompt(LINE, () => undefined).catch((error: unknown) => error);
    const began = performance.now();
    const report = await agent.stop();
    // Interrupt, end of stdin, SIGTERM, SIGKILL: 200 ms each, and room for a busy machine.
    expect(performance.now() - began).toBeLessThan(3000);
    expect(report).toMatchObject({ reason: 'stop', remaining: 0 });
    expect(await run).toMatchObject({ code: 'cli.crashed' });
    expect(told?.asked).toBe(true);
    await expect(agent.prompt(LINE, () => undefined)).rejects.toBe(await run);
  });

  describe('while Node’s event loop is blocked', () => {
    const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

    it('for seconds, but not for the deadline, the process lives and goes on', async () => {
      const agent = await start('noise');
      const run = agent.prompt(LINE, () => undefined);
      block(2500);
      expect((await run).result).toBe('done');
      expect(agent.state).toBe('ready');
      await agent.stop();
    });

    it('past the deadline, the supervisor ends the process by itself', async () => {
      const timings = { ...TIMINGS, renewDeadlineMs: 1000 };
      const agent = await start('silent', { timings });
      const run = agent.prompt(LINE, () => undefined).catch((error: unknown) => error);
      // Renewed at a quarter of it: what is blocked cannot renew.
      block(3000);
      expect(await agent.exited).toMatchObject({ reason: 'lease', remaining: 0 });
      expect(await run).toMatchObject({ code: 'cli.crashed', details: { exit: 'lease' } });
    });
  });

  describe('limits', () => {
    const LIMIT = 200_000_000;

    it('memory: the run ends with its code, and its figures have the peak that broke the limit', async () => {
      const agent = await start('allocates', { supervision: ['--max-memory-bytes', String(LIMIT)] });
      const failure = await agent.prompt(LINE, () => undefined).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'cli.memory_exceeded', details: { limit: LIMIT } });
      const { value } = (failure as { details: { value: number } }).details;
      expect(value).toBeGreaterThan(LIMIT);
      await agent.stop();
      expect(agent.resources.peakMemoryBytes).toBeGreaterThanOrEqual(value);
      expect(agent.isWorn).toBe(true);
    });

    it('memory that only came near wears the process out, also after it was given back', async () => {
      const agent = await start('grows', { supervision: ['--warn-memory-bytes', '80000000'] });
      expect(agent.isWorn).toBe(false);
      await agent.prompt(LINE, () => undefined);
      expect(agent.isWorn).toBe(true);
      expect(agent.state).toBe('ready');
      await agent.stop();
    });

    it('CPU time that came near the limit of one run does not: the next one begins anew', async () => {
      const warned: string[] = [];
      const agent = await start('burns', {
        supervision: ['--max-cpu-ms', '1100'],
        observer: { ...WATCHER, limited: ({ name, level }) => void warned.push(`${name} ${level}`) },
      });
      for (let run = 0; run < 2; run += 1) await agent.prompt(LINE, () => undefined);
      expect(warned).toEqual(['cpu warn', 'cpu warn']);
      expect(agent.isWorn).toBe(false);
      await agent.stop();
    });
  });

  it('gives up a start that is no longer wanted', async () => {
    const controller = new AbortController();
    const starting = start('never-ready', { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('not wanted')), 100);
    await expect(starting).rejects.toThrow('not wanted');
  });
});
