import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { type CliMessage, controlRequestLine, parseMessage, userLine } from '../../libs/claude/src/command/index.js';
import { AgentProcess } from '../../libs/claude/src/wrapper/index.js';
import { LineFramer } from '../../libs/claude/src/wrapper/line-framer.js';
import { type CliSetting } from './cli-under-test.js';

/** The interpreter itself, as the server finds it: what PATH has may be a script. */
const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();

/** A live CLI, by hand or under Steward: a prompt goes in, its messages come out. */
export interface Subject {
  /** Process whose tree is the whole agent process. */
  readonly pid: number;
  prompt(text: string, consumer: (message: CliMessage) => void): Promise<void>;
  stop(): Promise<void>;
}

/** The CLI as a careful script would use it: pipes, lines, JSON. */
export async function bareCli(setting: CliSetting): Promise<Subject> {
  const child: ChildProcess = spawn(setting.path, setting.args, {
    cwd: setting.workspace,
    env: setting.env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // Not the script that is quickest to write, but one that a long line does not slow down: the bar is the CLI's own rate.
  const framer = new LineFramer(64 * 1024 * 1024);
  let consumer: (message: CliMessage) => void = () => undefined;
  child.stdout!.on('data', (chunk: Buffer) => {
    for (const line of framer.push(chunk)) {
      const parsed = parseMessage(line);
      if (parsed.kind === 'message') consumer(parsed.message);
    }
  });
  const until = (wanted: (message: CliMessage) => boolean, also?: (message: CliMessage) => void) =>
    new Promise<void>((done) => {
      consumer = (message) => {
        also?.(message);
        if (wanted(message)) done();
      };
    });
  const ready = until((message) => message.type === 'control_response');
  child.stdin!.write(`${controlRequestLine('bench', { subtype: 'initialize' })}\n`);
  await ready;
  return {
    pid: child.pid!,
    prompt: async (text, also) => {
      const ended = until((message) => message.type === 'result', also);
      child.stdin!.write(`${userLine(text, crypto.randomUUID())}\n`);
      await ended;
    },
    stop: async () => {
      const gone = once(child, 'exit');
      child.stdin!.end();
      await gone;
    },
  };
}

/** The same under the supervisor, as Steward's wrapper runs it. */
export async function stewardCli(setting: CliSetting): Promise<Subject> {
  let pid = 0;
  const agent = await AgentProcess.start({
    cliPath: setting.path,
    arguments: setting.args,
    initialize: { subtype: 'initialize' },
    environment: setting.env,
    workspace: setting.workspace,
    supervisor: [PYTHON, '-S', '-E', '-s', resolve('scripts/claude_wrapper.py')],
    keeper: null,
    supervision: [
      '--max-memory-bytes',
      String(4 * 1024 ** 3),
      '--max-processes',
      '512',
      '--workspace',
      setting.workspace,
    ],
    mark: `bench#${process.pid}`,
    sweep: () => Promise.resolve(),
    parse: parseMessage,
    redact: (text) => text,
    answer: () => ({ ok: false, error: 'not asked for' }),
    signal: new AbortController().signal,
    timings: {
      startTimeoutMs: 30_000,
      interruptGraceMs: 400,
      eofGraceMs: 1000,
      killGraceMs: 200,
      controlTimeoutMs: 10_000,
      renewDeadlineMs: 8000,
    },
    maxLineBytes: 64 * 1024 * 1024,
    observer: {
      moved: () => undefined,
      sampled: () => undefined,
      limited: () => undefined,
      exited: () => undefined,
      spawned: (spawned) => (pid = spawned),
    },
  });
  return {
    get pid() {
      return pid;
    },
    prompt: async (text, consumer) => {
      await agent.prompt(userLine(text, crypto.randomUUID()), consumer);
    },
    stop: async () => {
      await agent.stop();
    },
  };
}
