import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  answerControl,
  BARE_PROFILE,
  buildArguments,
  buildEnvironment,
  buildInitialize,
  type CliMessage,
  type CliProfile,
  type ControlRequestMessage,
  FORGET_TUNING,
  hookCallbacks,
  parseMessage,
  type ResultMessage,
  RunTranslator,
  type ToolDecision,
  type ToolHooks,
  type ToolQuestion,
  tuningVariables,
  userLine,
} from '../../libs/claude/src/command/index.js';
import { CLAUDE_SETTINGS } from '../../libs/claude/src/config/index.js';
import { usesMusl } from '@steward/host';
import { type EventData, type EventType, type NewEvent } from '../../libs/claude/src/stream/index.js';
import { AgentProcess, type EndOfPrompt } from '../../libs/claude/src/wrapper/index.js';

/** The CLI under test: the pinned one, or the one that `npm run compat` names. */
export const CLI = process.env['CLAUDE_CLI_PATH'] ?? resolve('node_modules/.bin/claude');

export interface BenchOptions {
  /** Address of the scripted Messages API. */
  readonly url: string;
  readonly profile?: Partial<CliProfile>;
  /** Folders of an agent before it, to go on in them. */
  readonly root?: string;
  readonly conversation?: { readonly cliSessionId: string; readonly resume: boolean };
  readonly decide?: (question: ToolQuestion, signal: AbortSignal) => ToolDecision | Promise<ToolDecision>;
  readonly hooks?: ToolHooks;
  readonly environment?: Readonly<Record<string, string>>;
  /** Another program in the place of the CLI; it gets the same arguments. */
  readonly cliPath?: string;
  readonly controlTimeoutMs?: number;
}

/** What one prompt brought. */
export interface Turn {
  readonly result: ResultMessage;
  readonly messages: readonly CliMessage[];
  readonly events: readonly NewEvent[];
  readonly translator: RunTranslator;
}

const initialOf = (key: 'startTimeoutMs' | 'interruptGraceMs' | 'eofGraceMs' | 'killGraceMs' | 'renewDeadlineMs') =>
  CLAUDE_SETTINGS[key].initial;

/** One real agent process under its supervisor, with folders of its own, spoken to as the server does it. */
export class AgentBench implements AsyncDisposable {
  /** Every message of its life, control messages apart. */
  readonly messages: CliMessage[] = [];
  /** What the CLI asked. */
  readonly asked: ControlRequestMessage['request'][] = [];

  private constructor(
    readonly agent: AgentProcess,
    readonly root: string,
    readonly cliSessionId: string,
    readonly stderr: () => string,
    private readonly keep: { folder: boolean },
  ) {}

  static async start(options: BenchOptions): Promise<AgentBench> {
    const root = options.root ?? mkdtempSync(join(tmpdir(), 'steward-cli-'));
    const [workspace, home, config, tmp] = ['workspace', 'home', 'config', 'tmp'].map((name) => join(root, name));
    for (const path of [workspace!, home!, config!, tmp!]) mkdirSync(path, { recursive: true });
    const profile: CliProfile = { ...BARE_PROFILE, ...options.profile };
    const conversation = options.conversation ?? { cliSessionId: randomUUID(), resume: false };
    const seen: { messages: CliMessage[]; asked: ControlRequestMessage['request'][] } = { messages: [], asked: [] };
    const decide = options.decide ?? (({ input }) => ({ behavior: 'allow', updatedInput: input }));
    let complained = '';
    const shellSetup = join(root, 'shell-setup.sh');
    writeFileSync(shellSetup, FORGET_TUNING);
    const agent = await AgentProcess.start({
      cliPath: options.cliPath ?? CLI,
      arguments: buildArguments(profile, conversation),
      environment: {
        ...buildEnvironment({
          folders: { home: home!, config: config!, tmp: tmp! },
          host: { PATH: process.env['PATH'] ?? '' },
          model: { ANTHROPIC_API_KEY: 'sk-ant-bench', ANTHROPIC_BASE_URL: options.url },
          apiMaxRetries: 2,
          apiTimeoutMs: 20_000,
          confinedRoot: profile.permissionMode === 'bypassPermissions',
          memoryFiles: profile.settingSources.length > 0,
          tuning: { variables: tuningVariables(usesMusl()), shellSetup },
        }),
        ...options.environment,
      },
      workspace: workspace!,
      supervisor: ['python3', '-S', '-E', '-s', resolve('scripts/claude_wrapper.py')],
      keeper: null,
      supervision: [],
      redact: (text) => text,
      sweep: () => Promise.resolve(),
      mark: `${root}#bench`,
      parse: (line) => {
        const parsed = parseMessage(line);
        if (parsed.kind === 'message') seen.messages.push(parsed.message);
        return parsed;
      },
      initialize: buildInitialize(profile, hookCallbacks(options.hooks ?? null)),
      answer: (message, signal) => {
        seen.asked.push(message.request);
        return answerControl(message, { decide, hooks: options.hooks ?? null }, signal);
      },
      signal: new AbortController().signal,
      timings: {
        startTimeoutMs: initialOf('startTimeoutMs'),
        interruptGraceMs: initialOf('interruptGraceMs'),
        eofGraceMs: initialOf('eofGraceMs'),
        killGraceMs: initialOf('killGraceMs'),
        renewDeadlineMs: initialOf('renewDeadlineMs'),
        controlTimeoutMs: options.controlTimeoutMs ?? CLAUDE_SETTINGS.controlTimeoutMs.initial,
      },
      maxLineBytes: CLAUDE_SETTINGS.maxLineBytes.initial,
      observer: {
        spawned: () => undefined,
        moved: () => undefined,
        sampled: () => undefined,
        limited: () => undefined,
        exited: (_report, stderr) => (complained = stderr),
      },
    });
    const keep = { folder: options.root !== undefined };
    const bench = new AgentBench(agent, root, conversation.cliSessionId, () => complained, keep);
    Object.assign(bench, seen);
    return bench;
  }

  get workspace(): string {
    return join(this.root, 'workspace');
  }

  /** A prompt, or another line, and everything until it is over. */
  async turn(prompt: string, options: { line?: string; isOver?: EndOfPrompt } = {}): Promise<Turn> {
    const [messages, events]: [CliMessage[], NewEvent[]] = [[], []];
    const translator = new RunTranslator({ before: this.agent.totals, emit: (event) => events.push(event) });
    const result = await this.agent.prompt(
      options.line ?? userLine(prompt, randomUUID()),
      (message) => {
        messages.push(message);
        translator.accept(message);
      },
      options.isOver,
    );
    return { result, messages, events, translator };
  }

  /** Ends the process and leaves its folders for the next one. */
  async stop(): Promise<void> {
    this.keep.folder = true;
    await this.agent.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.stop();
    if (!this.keep.folder) rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The data of all events of a type. */
export const eventsOf = <T extends EventType>(events: readonly NewEvent[], type: T): EventData<T>[] =>
  events.flatMap((event) => (event.type === type ? [event.data as EventData<T>] : []));
