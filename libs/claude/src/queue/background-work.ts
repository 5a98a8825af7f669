import {
  type BackgroundMode,
  BackgroundTasks,
  type CliMessage,
  type CliTotals,
  controlRequests,
  type ResultMessage,
} from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { type Deferred, deferred, type EventData } from '../stream/index.js';
import { type AgentProcess, within } from '../wrapper/index.js';

/** Both are answered at once; a CLI that is busier than this is ended with its tasks. */
const END_WAIT_MS = 1000;
const SHELL = 'local_bash';
/** The CLI prints its result before it says that it is idle; one that says so without is waited for this long. */
const IDLE_WAIT_MS = 1000;
/** The turn about a task that ended begins a moment after it was told of, if there is one. */
const REPORT_WAIT_MS = 3000;

export interface BackgroundOptions {
  readonly mode: BackgroundMode;
  /** Waiting: milliseconds from the first answer on. */
  readonly maxWaitMs: number;
  /** Whether another answer follows, of something that was said meanwhile. */
  readonly expectsMore: () => boolean;
  readonly tell: (progress: EventData<'run.progress'>) => void;
  /** The process's totals at an end that no result tells. */
  readonly settle: (totals: CliTotals) => void;
}

/**
 * What becomes of commands and subagents that still run when the prompt is answered. To stop: they are ended and told
 * of, and where the CLI would begin a turn about that, its process is ended too, so that nothing follows the answer.
 * To wait: the run goes on through the turns that report on them, and the last result is its own.
 */
export class BackgroundWork {
  private readonly tasks = new BackgroundTasks();
  private readonly forced: Deferred<ResultMessage> = deferred();
  private timer: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;
  private report: NodeJS.Timeout | undefined;
  private ran = false;
  private ending = false;
  private cut = false;

  constructor(
    private readonly agent: Pick<AgentProcess, 'readTotals' | 'request' | 'stop'>,
    private readonly options: BackgroundOptions,
  ) {}

  /** The result of a run whose tasks could not be ended without their process; rejects where no result will come. */
  get cutOff(): Promise<ResultMessage> {
    return this.forced.promise;
  }

  get isOver(): boolean {
    return this.tasks.isOver;
  }

  /** Whether the answer is there, and tasks are waited for. */
  get isWaiting(): boolean {
    return this.tasks.isAnswered && !this.tasks.isOver;
  }

  accept(message: CliMessage): void {
    this.tasks.accept(message);
    this.watchIdle(message);
    this.watchReport();
    if (message.type === 'result') this.settle();
  }

  /** Ends what is left, or waits for it, once the answer is there. */
  settle(): void {
    if (!this.tasks.isAnswered || this.tasks.isOver || this.ending || this.options.expectsMore()) return;
    if (this.options.mode === 'stop') void this.end();
    else this.wait();
  }

  close(): void {
    clearTimeout(this.timer);
    clearTimeout(this.idle);
    clearTimeout(this.report);
  }

  /** Whether the run has its result although its process may say more. */
  get isCut(): boolean {
    return this.cut;
  }

  private watchReport(): void {
    clearTimeout(this.report);
    if (this.tasks.isQuiet && !this.tasks.isOver) this.report = setTimeout(() => void this.finish(), REPORT_WAIT_MS);
  }

  /** A turn that ends without a result would be waited for until the run's time is over. */
  private watchIdle(message: CliMessage): void {
    if (message.type !== 'system' || message.subtype !== 'session_state_changed') return;
    clearTimeout(this.idle);
    if (message['state'] !== 'idle') this.ran = true;
    else if (this.ran && !this.tasks.isAnswered && !this.options.expectsMore()) {
      const reason = 'it is idle without a result';
      this.idle = setTimeout(() => this.forced.reject(new ClaudeError('cli.protocol', { reason })), IDLE_WAIT_MS);
    }
  }

  private wait(): void {
    for (const { id, description } of this.tasks.open) {
      this.options.tell({
        activity: 'background',
        text: `Waiting for: ${description}`,
        taskId: id,
        taskStatus: 'waiting',
      });
    }
    this.timer ??= setTimeout(() => void this.end(), this.options.maxWaitMs);
  }

  private async end(): Promise<void> {
    this.ending = true;
    // The end of a subagent begins a turn about it, at once or a moment later; that of a command does not.
    if (this.tasks.open.every(({ type, ended }) => type === SHELL && !ended)) await this.stopCommands();
    if (!this.tasks.isOver) await this.finish();
  }

  /** Ends the process: nothing may follow the result any more. */
  private async finish(): Promise<void> {
    this.cut = true;
    for (const { id, description } of this.tasks.open) {
      this.options.tell({ activity: 'background', text: `Ended: ${description}`, taskId: id, taskStatus: 'stopped' });
    }
    // What subagents used since the answer is told by no result.
    await within(
      END_WAIT_MS,
      this.agent.readTotals().then((totals) => this.options.settle(totals)),
    );
    await this.agent.stop('at once');
    if (this.tasks.result) this.forced.resolve(this.tasks.result);
  }

  /** The CLI ends them and says so before it answers; it can go on after that. */
  private async stopCommands(): Promise<void> {
    const stopped = this.tasks.open.map(({ id }) => this.agent.request(controlRequests.stopTask(id)));
    await within(END_WAIT_MS, Promise.allSettled(stopped));
  }
}
