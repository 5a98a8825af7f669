import {
  type BackgroundMode,
  BackgroundTasks,
  type CliMessage,
  type CliTotals,
  controlRequests,
  type ResultMessage,
  totalsOfUsage,
} from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { type Deferred, deferred, type EventData } from '../stream/index.js';
import { type AgentProcess, within } from '../wrapper/index.js';

/** A task is ended and the totals are told at once; a CLI that is busier than this is ended with its tasks. */
const END_WAIT_MS = 1000;
/** The CLI prints its result before it says that it is idle; one that says so without is waited for this long. */
const IDLE_WAIT_MS = 1000;

export interface BackgroundOptions {
  readonly mode: BackgroundMode;
  /** Waiting: milliseconds from the first answer on. */
  readonly maxWaitMs: number;
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
  private ran = false;
  private ending = false;

  constructor(
    private readonly agent: Pick<AgentProcess, 'request' | 'stop'>,
    private readonly options: BackgroundOptions,
  ) {}

  /** The result of a run whose tasks could not be ended without their process; rejects where no result will come. */
  get cutOff(): Promise<ResultMessage> {
    return this.forced.promise;
  }

  get isOver(): boolean {
    return this.tasks.isOver;
  }

  accept(message: CliMessage): void {
    this.tasks.accept(message);
    this.watchIdle(message);
    if (message.type !== 'result' || !this.tasks.result || this.tasks.isOver || this.ending) return;
    if (this.options.mode === 'stop') void this.end();
    else this.wait();
  }

  close(): void {
    clearTimeout(this.timer);
    clearTimeout(this.idle);
  }

  /** A turn that ends without a result would be waited for until the run's time is over. */
  private watchIdle(message: CliMessage): void {
    if (message.type !== 'system' || message.subtype !== 'session_state_changed') return;
    clearTimeout(this.idle);
    if (message['state'] !== 'idle') this.ran = true;
    else if (this.ran && !this.tasks.result) {
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
    const running = this.tasks.open.filter((task) => !task.ended);
    const usage = await this.stopTasks(running.map(({ id }) => id));
    if (this.tasks.isOver) return;
    for (const { id, description } of this.tasks.open) {
      this.options.tell({ activity: 'background', text: `Ended: ${description}`, taskId: id, taskStatus: 'stopped' });
    }
    const totals = usage && totalsOfUsage(usage);
    if (totals) this.options.settle(totals);
    await this.agent.stop('at once');
    if (this.tasks.result) this.forced.resolve(this.tasks.result);
  }

  /** @returns what the CLI says of its usage after that; null when it did not answer in time */
  private async stopTasks(ids: readonly string[]): Promise<Readonly<Record<string, unknown>> | null> {
    let usage: Readonly<Record<string, unknown>> | null = null;
    // Written in one go: a subagent's end begins a turn a moment later.
    const stopped = ids.map((id) => this.agent.request(controlRequests.stopTask(id)));
    const told = this.agent.request(controlRequests.usage()).then((answer) => (usage = answer));
    await within(END_WAIT_MS, Promise.allSettled([...stopped, told]));
    return usage;
  }
}
