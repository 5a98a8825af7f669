import { type CliMessage, type ResultMessage, type SystemMessage } from './cli-message.types.js';

/** Work that the agent left running beside the conversation: a shell command or a subagent. */
export interface BackgroundTask {
  readonly id: string;
  /** `local_bash`, `local_agent`, … */
  readonly type: string;
  readonly description: string;
  /** It has ended, but the model has not been told: a turn about it will follow. */
  readonly ended: boolean;
}

interface FollowedTask extends Omit<BackgroundTask, 'ended'> {
  /** When its end was told of. */
  readonly endedAtMs?: number;
  /** A request to the model followed so soon that it may not speak of it. */
  readonly perhapsTold?: boolean;
}

/**
 * A request to the model that begins so long after a task ended speaks of it. Up to 110 ms after the end some do (7 ms
 * were enough once) and some do not, of 36 with 2.1.197.
 */
const TOLD_AFTER_MS = 250;

/**
 * Follows the tasks of a run. A task is over when its `task_notification` was printed; one that ended by itself while
 * the CLI was idle is then reported on in a turn that nobody asked for (PROTOCOL.md §4). 2.1.197 begins that turn
 * before the notification, 60 to 100 ms after the end (`task_updated`); 2.1.229 up to 30 ms after it. A foreground
 * command that takes longer than three seconds is a task too, and is notified of before its turn goes on. One that ends
 * while a turn is under way is told to the model with that turn's next request, and no notification is printed.
 */
export class BackgroundTasks {
  private readonly tasks = new Map<string, FollowedTask>();
  private newest: ResultMessage | undefined;
  private answered = false;
  private running = false;
  private reportIsDue = false;

  accept(message: CliMessage): void {
    if (message.type === 'system') this.system(message);
    if (message.type !== 'result') return;
    this.running = false;
    this.lookForReports();
    if (!message.origin) this.answered = true;
    // A resumed conversation may begin with a turn about a task of its last process (seen with 2.1.197, one time in
    // ten): that is no answer, and nothing to end.
    if (this.answered) this.newest = message;
  }

  /** Tasks that have not ended, or whose end the model has not been told. */
  get open(): readonly BackgroundTask[] {
    return [...this.tasks.values()].map(({ id, type, description, endedAtMs }) => ({
      id,
      type,
      description,
      ended: endedAtMs !== undefined,
    }));
  }

  /** The newest result since the prompt was answered; the first one is the answer, later ones report on tasks. */
  get result(): ResultMessage | undefined {
    return this.newest;
  }

  /** Whether a result has answered the prompt; a resumed process may first report on tasks that an earlier one left. */
  get isAnswered(): boolean {
    return this.answered;
  }

  /** Whether the prompt is answered, no task is open, and no turn about one is under way or about to begin. */
  get isOver(): boolean {
    return this.isQuiet && !this.reportIsDue;
  }

  /** The same, but a turn about a task should begin. */
  get isQuiet(): boolean {
    return this.answered && this.tasks.size === 0 && !this.running;
  }

  private system(message: SystemMessage): void {
    const id = text(message['task_id']);
    switch (message.subtype) {
      case 'task_started':
        this.tasks.set(id, {
          id,
          type: text(message['task_type']),
          description: text(message['description']),
        });
        return;
      case 'task_updated':
        return this.updated(id, message['patch']);
      case 'task_notification':
        this.tasks.delete(id);
        if (!this.running && message['status'] !== 'stopped') this.reportIsDue = true;
        return;
      case 'status':
        if (message['status'] === 'requesting') this.requested();
        return;
      // A new turn; where the CLI tells its state, that comes first.
      case 'init':
        return this.moved(true);
      case 'session_state_changed':
        return this.moved(message['state'] !== 'idle');
      default:
        return;
    }
  }

  private moved(running: boolean): void {
    this.running = running;
    if (running) this.reportIsDue = false;
  }

  private updated(id: string, patch: unknown): void {
    const task = this.tasks.get(id);
    const status = text((patch as { status?: unknown } | null)?.status);
    if (task && ENDED.has(status)) this.tasks.set(id, { ...task, endedAtMs: performance.now() });
  }

  private requested(): void {
    for (const [id, task] of this.tasks) {
      if (task.endedAtMs === undefined) continue;
      if (performance.now() - task.endedAtMs >= TOLD_AFTER_MS) this.tasks.delete(id);
      else this.tasks.set(id, { ...task, perhapsTold: true });
    }
  }

  /** Whether the model was told will be seen: if not, a turn about it begins. */
  private lookForReports(): void {
    for (const [id, { perhapsTold }] of this.tasks) {
      if (!perhapsTold) continue;
      this.tasks.delete(id);
      this.reportIsDue = true;
    }
  }
}

const ENDED = new Set(['completed', 'failed', 'killed', 'stopped', 'cancelled']);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
