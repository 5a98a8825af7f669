import {
  type CliMessage,
  type CliTotals,
  controlRequests,
  NO_TOTALS,
  type ResultMessage,
  totalsOf,
  totalsOfUsage,
} from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { deferred } from '../stream/index.js';
import { type AgentBackend, type EndOfPrompt, type MessageConsumer } from './agent-backend.js';
import { type AgentProcessOptions } from './agent-process.types.js';
import { type AgentState, AgentStateMachine } from './agent-state.js';
import { awaitReady } from './await-ready.js';
import { ControlRequests } from './control-requests.js';
import { excerptOf } from './excerpt.js';
import { failureOfExit, failureOfLimit, failureOfStart } from './exit-failure.js';
import { WEARING } from './limit-arguments.js';
import { PendingAnswers } from './pending-answers.js';
import { isAnswer, PromptRun } from './prompt-run.js';
import { readLines } from './read-lines.js';
import { type RunResources } from './resource-meter.js';
import { SupervisedChild } from './supervised-child.js';
import { type ExitReport, type LimitNotice } from './supervisor-channel.js';
import { supervisorCommand } from './supervisor-command.js';
import { within } from './within.js';

/** After the tree is gone the pipe holds what was printed last; it is read to its end, but not for ever. */
const DRAIN_MS = 2000;
/** Of a line that cannot be understood, this much is told. */
const EXCERPT_CHARACTERS = 200;

/** One agent process, from spawn to reaped. The first reason of its end is kept. */
export class AgentProcess implements AgentBackend {
  readonly exited: Promise<ExitReport>;
  private readonly end = deferred<ExitReport>();
  private readonly states: AgentStateMachine;
  private readonly requests = new ControlRequests((line) => this.write(line));
  private readonly ready = deferred();
  private readonly child: SupervisedChild;
  private readonly pump: Promise<void>;
  private readonly answers: PendingAnswers;
  private run: PromptRun | undefined;
  private answer: Readonly<Record<string, unknown>> = {};
  private last: CliTotals = NO_TOTALS;
  private report?: ExitReport;
  private failure?: ClaudeError;
  private cutOff: ClaudeError | null = null;
  private worn = false;
  private size: number | null = null;
  private tellSize: (bytes: number) => void = () => undefined;

  private constructor(private readonly options: AgentProcessOptions) {
    this.exited = this.end.promise;
    this.ready.promise.catch(() => undefined);
    this.answers = new PendingAnswers(options.answer, (line) => this.write(line));
    const { observer, timings } = options;
    this.states = new AgentStateMachine((from, to) => observer.moved(from, to));
    observer.moved(null, 'starting');
    this.child = new SupervisedChild({
      ...supervisorCommand(options),
      cwd: options.workspace,
      // The keepers carry the mark as well, so that the sweep sees them.
      environment: { ...options.environment, STEWARD_MARK: options.mark },
      sweep: options.sweep,
      renewDeadlineMs: timings.renewDeadlineMs,
      onSample: (sample) => observer.sampled(sample),
      onLimit: (notice) => this.limited(notice),
      onWorkspace: (bytes) => this.tellSize((this.size = bytes)),
    });
    if (this.child.pid !== undefined) observer.spawned(this.child.pid);
    this.pump = this.read();
    void this.child.exited.then((report) => this.finish(report));
  }

  /**
   * Spawns and waits until the CLI answers.
   * @throws ClaudeError `cli.spawn_failed`, `cli.failed_to_start`, `cli.start_timed_out` or `cli.protocol`; nothing is left running then
   */
  static async start(options: AgentProcessOptions): Promise<AgentProcess> {
    const agent = new AgentProcess(options);
    try {
      await agent.initialize();
      return agent;
    } catch (error) {
      await agent.stop();
      throw error;
    }
  }

  get state(): AgentState {
    return this.states.state;
  }

  /** Whether it can take a prompt. */
  get isReady(): boolean {
    return this.state === 'ready' && !this.child.isDying;
  }

  /** What the present run, or else the last one, has used. */
  get resources(): RunResources {
    return this.child.meter.run;
  }

  /** Whether its memory or its life has come near the limit: it should not serve another run. */
  get isWorn(): boolean {
    return this.worn;
  }

  /** Memory of the whole tree when it was last looked at; 0 before that. */
  get memoryBytes(): number {
    return this.child.meter.memoryBytes;
  }

  /** Living processes beside the CLI, as last looked at: the end of each run does, and `look`. Infinity: not known. */
  get otherProcesses(): number {
    return this.child.meter.extraProcesses;
  }

  /**
   * Tells what the files of its session take on disk, from the newest figure on; whoever listened before does not any more.
   * It is measured after each run, in the background.
   */
  onSize(tell: (bytes: number) => void): void {
    this.tellSize = tell;
    if (this.size !== null) tell(this.size);
  }

  /** Looks again at what there is now. */
  look(): Promise<void> {
    return this.child.sample();
  }

  /** What the CLI answered to `initialize`: commands, agents, models. */
  get initialized(): Readonly<Record<string, unknown>> {
    return this.answer;
  }

  /** The CLI's totals as last told; what a run used is the difference to those before it. */
  get totals(): CliTotals {
    return this.last;
  }

  /** Asks for the totals. A resumed conversation may begin with those of its earlier processes (2.1.329 does). */
  async readTotals(): Promise<CliTotals> {
    this.last = totalsOfUsage(await this.request(controlRequests.usage())) ?? this.last;
    return this.last;
  }

  /**
   * Gives the CLI one user line and its messages to the consumer, until the prompt is over: by itself with the first
   * result that answers a line (results of background tasks have an `origin`). Resolves with the newest result.
   *
   * @throws ClaudeError `cli.crashed` or `cli.protocol` when the process ends first
   */
  async prompt(line: string, consumer: MessageConsumer, isOver: EndOfPrompt = isAnswer): Promise<ResultMessage> {
    if (this.state === 'stopping' || this.state === 'exited') throw this.failure ?? new ClaudeError('cli.crashed');
    this.states.move('busy');
    const run = new PromptRun(consumer, isOver, () => (this.run = undefined));
    this.run = run;
    try {
      this.write(line);
      // The supervisor comes before all others where it runs; the prompt need not wait for it.
      this.child.beginRun();
      return await run.ended.promise;
    } finally {
      this.run = undefined;
      await this.child.endRun();
      if (this.state === 'busy') this.states.move('ready');
    }
  }

  /**
   * Asks something of the CLI, at any time between ready and its end (see `controlRequests`).
   *
   * @throws ClaudeError `cli.refused`, `cli.no_answer`, or why the process ended
   */
  request(request: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    if (this.state === 'exited') throw this.failure ?? new ClaudeError('cli.crashed');
    return this.requests.send(request, this.options.timings.controlTimeoutMs);
  }

  /** One more user line for the prompt that it works on; nothing when it does not. */
  say(line: string): void {
    if (this.run) this.write(line);
  }

  /** Looks again whether the prompt is over. */
  review(): void {
    this.run?.review();
  }

  /** Stops the present work; the result that follows tells so. Does nothing when idle. */
  async interrupt(): Promise<void> {
    if (this.state === 'busy') await this.request(controlRequests.interrupt());
  }

  /**
   * The ladder: interrupt, close stdin, SIGTERM, SIGKILL of the tree; each rung bounded. Resolves when nothing is left.
   * At once is the last rung alone: with work in the background a CLI that is given any time begins another turn, also
   * when SIGTERM ends that work. The transcript is on disk before the result is told.
   */
  async stop(how: 'ladder' | 'at once' = 'ladder'): Promise<ExitReport> {
    if (this.state === 'stopping' || this.state === 'exited') return this.exited;
    if (how === 'at once') {
      this.states.move('stopping');
      return this.child.terminate(0).then(() => this.exited);
    }
    const { interruptGraceMs, eofGraceMs, killGraceMs } = this.options.timings;
    const running = this.run?.ended.promise;
    if (running) {
      this.interrupt().catch(() => undefined);
      await within(interruptGraceMs, Promise.race([running, this.exited]));
    }
    this.states.moveUnless(['stopping', 'exited'], 'stopping');
    this.child.stdin.end();
    if (!(await within(eofGraceMs, this.exited))) await this.child.terminate(killGraceMs);
    return this.exited;
  }

  private async initialize(): Promise<void> {
    const answered = this.requests.send(this.options.initialize, null);
    answered.then(
      (answer) => this.ready.resolve(void (this.answer = answer)),
      (error: unknown) => this.ready.reject(error),
    );
    await awaitReady(this.ready, this.options.signal, this.options.timings.startTimeoutMs);
    this.states.move('ready');
    void this.look();
  }

  private write(line: string): void {
    if (this.child.stdin.writable) this.child.stdin.write(`${line}\n`);
  }

  private async read(): Promise<void> {
    const end = await readLines(this.child.stdout, this.options.maxLineBytes, (line) => this.accept(line));
    if (end?.kind === 'broken') this.fail(end.error);
    // It is about to exit, which need not be hurried.
    if (end?.kind === 'cut off') this.cutOff = end.error;
    // Nothing can be heard of it any more; one that is about to end has a moment for it.
    if (!(await within(DRAIN_MS, this.child.exited)))
      this.fail(new ClaudeError('cli.protocol', { reason: 'it closed its stdout' }));
  }

  private accept(line: string): void | Promise<void> {
    const parsed = this.options.parse(line);
    if (parsed.kind === 'noise') return;
    if (parsed.kind === 'broken') {
      const excerpt = excerptOf(line, EXCERPT_CHARACTERS, this.options.redact);
      return this.fail(new ClaudeError('cli.protocol', { reason: parsed.reason, excerpt }));
    }
    const { message } = parsed;
    if (message.type === 'control_response') return this.requests.receive(message);
    if (message.type === 'control_request') return void this.answers.take(message);
    if (message.type === 'control_cancel_request') return this.answers.withdraw(message.request_id);
    return this.deliver(message);
  }

  private deliver(message: CliMessage): void | Promise<void> {
    if (message.type === 'result') this.last = totalsOf(message);
    if (this.run) return this.run.take(message);
    // A result before the first prompt is a failed resume: `initialize` will never be answered (PROTOCOL.md §1.2).
    if (message.type === 'result' && !message.origin) this.ready.reject(failureOfStart(message, this.report));
  }

  /** The process cannot be used any more: it is ended, and whoever waits learns why. */
  private fail(error: ClaudeError): void {
    this.failure ??= error;
    this.ready.reject(this.failure);
    this.run?.ended.reject(this.failure);
    void this.stop();
  }

  private limited(notice: LimitNotice): void {
    this.options.observer.limited(notice);
    this.worn ||= WEARING.has(notice.name);
    // The supervisor is ending it already. The run ends here: what the CLI says while it is ended is no result.
    if (notice.level === 'end') this.fail(failureOfLimit(notice));
  }

  private async finish(report: ExitReport): Promise<void> {
    this.report = report;
    await within(DRAIN_MS, this.pump);
    this.child.stdout.destroy();
    this.failure ??= failureOfExit(report, this.state, this.child.spawnErrno, this.cutOff);
    this.ready.reject(this.failure);
    this.run?.ended.reject(this.failure);
    this.requests.fail(this.failure);
    const asked = this.state === 'stopping';
    this.answers.clear();
    this.states.moveUnless(['exited'], 'exited');
    this.options.observer.exited(report, this.child.stderr.text(this.options.redact), asked);
    this.end.resolve(report);
  }
}
