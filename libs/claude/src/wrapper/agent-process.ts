import { type Readable } from 'node:stream';
import {
  type CliMessage,
  controlErrorLine,
  type ControlRequestMessage,
  controlResponseLine,
  type ResultMessage,
} from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { type Deferred, deferred } from '../stream/index.js';
import { type AgentProcessOptions, type MessageConsumer } from './agent-process.types.js';
import { type AgentState, AgentStateMachine } from './agent-state.js';
import { ControlRequests } from './control-requests.js';
import { failureOfExit, failureOfLimit, failureOfStart } from './exit-failure.js';
import { LineFramer, LineTooLongError } from './line-framer.js';
import { type RunResources } from './resource-meter.js';
import { SupervisedChild } from './supervised-child.js';
import { type ExitReport, type LimitNotice } from './supervisor-channel.js';
import { within } from './within.js';

/** After the tree is gone the pipe holds what was printed last; it is read to its end, but not for ever. */
const DRAIN_MS = 2000;
/** Of a line that cannot be understood, this much is told. */
const EXCERPT_CHARACTERS = 200;

/** One agent process, from spawn to reaped. The first reason of its end is kept. */
export class AgentProcess {
  readonly exited: Promise<ExitReport>;
  private readonly end = deferred<ExitReport>();
  private readonly states: AgentStateMachine;
  private readonly requests = new ControlRequests((line) => this.write(line));
  private readonly ready = deferred();
  private readonly child: SupervisedChild;
  private readonly pump: Promise<void>;
  private run: { consumer: MessageConsumer; result: Deferred<ResultMessage> } | undefined;
  private report: ExitReport | undefined;
  private failure: ClaudeError | undefined;
  private worn = false;

  private constructor(private readonly options: AgentProcessOptions) {
    this.exited = this.end.promise;
    this.ready.promise.catch(() => undefined);
    const { observer, timings } = options;
    this.states = new AgentStateMachine((from, to) => observer.moved(from, to));
    observer.moved(null, 'starting');
    this.child = new SupervisedChild({
      command: supervisorCommand(options),
      cwd: options.workspace,
      // The keepers carry the mark as well, so that the sweep sees them.
      environment: { ...options.environment, STEWARD_MARK: options.mark },
      sweep: options.sweep,
      renewDeadlineMs: timings.renewDeadlineMs,
      onSample: (sample) => observer.sampled(sample),
      onLimit: (notice) => this.limited(notice),
    });
    if (this.child.pid !== undefined) observer.spawned(this.child.pid);
    this.pump = this.read(this.child.stdout);
    void this.child.exited.then((report) => this.finish(report));
  }

  /**
   * Spawns and waits until the CLI answers.
   *
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

  /** What the present run, or else the last one, has used. */
  get resources(): RunResources {
    return this.child.meter.run;
  }

  /** Whether a limit has warned: it should not serve another run. */
  get isWorn(): boolean {
    return this.worn;
  }

  /**
   * Gives the CLI one user line and its messages to the consumer, until the result of that line.
   * Results of background tasks (`origin`) go to the consumer and end nothing.
   *
   * @throws ClaudeError `cli.crashed` or `cli.protocol` when the process ends first
   */
  async prompt(line: string, consumer: MessageConsumer): Promise<ResultMessage> {
    this.states.move('busy');
    const result = deferred<ResultMessage>();
    this.run = { consumer, result };
    this.child.beginRun();
    try {
      this.write(line);
      return await result.promise;
    } finally {
      await this.child.endRun();
      this.run = undefined;
      if (this.state === 'busy') this.states.move('ready');
    }
  }

  /** Stops the present work; the result that follows tells so. Does nothing when idle. */
  async interrupt(): Promise<void> {
    if (this.state === 'busy') await this.requests.send({ subtype: 'interrupt' });
  }

  /** The ladder: interrupt, close stdin, SIGTERM, SIGKILL of the tree; each rung bounded. Resolves when nothing is left. */
  async stop(): Promise<ExitReport> {
    if (this.state === 'stopping' || this.state === 'exited') return this.exited;
    const { interruptGraceMs, eofGraceMs, killGraceMs } = this.options.timings;
    const running = this.run?.result.promise;
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
    const answered = this.requests.send(this.options.initialize);
    answered.then(
      () => this.ready.resolve(),
      (error: unknown) => this.ready.reject(error),
    );
    const { signal, timings } = this.options;
    const { startTimeoutMs } = timings;
    const giveUp = () => this.ready.reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    const timer = setTimeout(
      () => this.ready.reject(new ClaudeError('cli.start_timed_out', { timeoutMs: startTimeoutMs })),
      startTimeoutMs,
    );
    try {
      await this.ready.promise;
      this.states.move('ready');
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  private write(line: string): void {
    if (this.child.stdin.writable) this.child.stdin.write(`${line}\n`);
  }

  private async read(stdout: Readable): Promise<void> {
    const framer = new LineFramer(this.options.maxLineBytes);
    try {
      for await (const chunk of stdout) {
        for (const line of framer.push(chunk as Buffer)) {
          const held = this.accept(line);
          if (held) await held;
        }
      }
    } catch (error) {
      const reason = error instanceof LineTooLongError ? error.message : 'stdout cannot be read';
      this.fail(error instanceof ClaudeError ? error : new ClaudeError('cli.protocol', { reason }, { cause: error }));
    }
    if (framer.pendingBytes > 0)
      this.failure ??= new ClaudeError('cli.protocol', { reason: 'a line that was cut off by the end' });
  }

  private accept(line: string): void | Promise<void> {
    const parsed = this.options.parse(line);
    if (parsed.kind === 'noise') return;
    if (parsed.kind === 'broken') {
      const excerpt = this.options.redact(line.slice(0, EXCERPT_CHARACTERS));
      return this.fail(new ClaudeError('cli.protocol', { reason: parsed.reason, excerpt }));
    }
    const { message } = parsed;
    if (message.type === 'control_response') return this.requests.receive(message);
    if (message.type === 'control_request') return void this.answer(message);
    return this.deliver(message);
  }

  private deliver(message: CliMessage): void | Promise<void> {
    // Once a limit is ending it, what it still says is its last word and not the result: its tools were killed first.
    if (message.type !== 'result' || message.origin || this.failure) return this.run?.consumer(message);
    // A result before the first prompt is a failed resume: `initialize` will never be answered (PROTOCOL.md §1.2).
    if (!this.run) return this.ready.reject(failureOfStart(message, this.report));
    const { consumer, result } = this.run;
    const held = consumer(message);
    if (!held) return result.resolve(message);
    return held.then(
      () => result.resolve(message),
      (error: unknown) => result.reject(error),
    );
  }

  private async answer(message: ControlRequestMessage): Promise<void> {
    const answer = await Promise.resolve(this.options.answer(message)).catch(
      () => ({ ok: false, error: 'Steward failed to decide.' }) as const,
    );
    this.write(
      answer.ok
        ? controlResponseLine(message.request_id, answer.response)
        : controlErrorLine(message.request_id, answer.error),
    );
  }

  /** The process cannot be used any more: it is ended, and whoever waits learns why. */
  private fail(error: ClaudeError): void {
    this.failure ??= error;
    this.ready.reject(this.failure);
    this.run?.result.reject(this.failure);
    void this.stop();
  }

  private limited(notice: LimitNotice): void {
    this.options.observer.limited(notice);
    if (notice.level === 'warn') this.worn = true;
    // The supervisor is ending it already. The run ends here: what the CLI says while it is ended is no result.
    else this.fail(failureOfLimit(notice));
  }

  private async finish(report: ExitReport): Promise<void> {
    this.report = report;
    await within(DRAIN_MS, this.pump);
    this.child.stdout.destroy();
    const { spawnErrno } = this.child;
    this.failure ??=
      spawnErrno === null
        ? failureOfExit(report, this.state)
        : new ClaudeError('cli.spawn_failed', { errno: spawnErrno });
    this.ready.reject(this.failure);
    this.run?.result.reject(this.failure);
    this.requests.fail(this.failure);
    const asked = this.state === 'stopping';
    this.states.moveUnless(['exited'], 'exited');
    this.options.observer.exited(report, this.child.stderr.text, asked);
    this.end.resolve(report);
  }
}

function supervisorCommand(options: AgentProcessOptions): string[] {
  const { supervisor, mark, timings, supervision, cliPath } = options;
  const own = [
    '--mark',
    mark,
    '--owner-pid',
    String(process.pid),
    '--renew-deadline-ms',
    String(timings.renewDeadlineMs),
  ];
  return [...supervisor, ...own, ...supervision, '--', cliPath, ...options.arguments];
}
