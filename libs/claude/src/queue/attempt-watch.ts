import { type ClaudeError } from '../error/index.js';
import { type ModelDoor } from '../model/index.js';
import { type LogWriter, type NewEvent } from '../stream/index.js';
import { type AgentProcess } from '../wrapper/index.js';
import { QuietTeller } from './quiet-teller.js';
import { RunActivity } from './run-activity.js';
import { type RunActivityView } from './run-activity.types.js';
import { RunProgress } from './run-progress.js';
import { type RunProgressView } from './run.types.js';
import { WedgeWatch } from './wedge-watch.js';

const TICK_MS = 1000;

export interface AttemptWatchOptions {
  readonly writer: Pick<LogWriter, 'push' | 'lastSeq' | 'lost' | 'unwrittenSince'>;
  /** What earlier attempts did. */
  readonly before: RunProgressView | null;
  readonly tell: (progress: RunProgressView, activity: RunActivityView) => void;
  readonly quietMs: number;
  readonly wedgedMs: number;
}

/** The process of an attempt, and what is known of it. */
export interface Watched {
  readonly agent: AgentProcess;
  readonly door: ModelDoor;
  readonly people: () => boolean;
  readonly background: () => boolean;
  /** The process will never go on. */
  readonly wedged: (error: ClaudeError) => void;
}

/** Knows what an attempt does, or why it is quiet; tells the run's record and its readers; finds what is wedged. */
export class AttemptWatch {
  private readonly activity: RunActivity;
  private readonly progress: RunProgress;
  private readonly quiet: QuietTeller;
  private readonly timer: NodeJS.Timeout;
  private readonly first: NodeJS.Immediate;
  private watched: Watched | undefined;
  private wedge: WedgeWatch | undefined;
  private told = '';
  private newest = '';
  private wasAway = false;

  constructor(private readonly options: AttemptWatchOptions) {
    this.activity = new RunActivity({
      model: () => this.waitsForModel,
      people: () => this.watched?.people() ?? false,
      background: () => this.watched?.background() ?? false,
      unwrittenSince: () => options.writer.unwrittenSince,
    });
    this.progress = new RunProgress(options.before, (counted) => options.tell(counted, this.activity.view));
    this.quiet = new QuietTeller(this.activity, options.quietMs);
    this.timer = setInterval(() => this.tick(), Math.min(TICK_MS, options.quietMs, options.wedgedMs / 2));
    this.first = setImmediate(() => this.tellNow());
  }

  /** How far the process is on its way to the prompt. */
  enter(phase: 'place' | 'starting' | 'resuming' | 'stopping'): void {
    this.activity.enter(phase);
    if (phase === 'stopping') this.wedge?.stop();
    this.look();
  }

  /** It needs no process. */
  pass(): void {
    this.activity.enter(null);
    this.look();
  }

  /** The agent is about to get its prompt. */
  attend(watched: Watched): void {
    this.watched = watched;
    const { agent, wedged } = watched;
    const { wedgedMs } = this.options;
    this.activity.heard();
    this.activity.enter(null);
    this.wedge = new WedgeWatch({ agent, activity: this.activity, wedgedMs, wedged });
  }

  /** The agent process said something. */
  heard(): void {
    this.activity.heard();
  }

  note(event: NewEvent): void {
    this.activity.note(event);
    this.progress.note(event);
    // Deltas come by the thousand, and say the same.
    if (event.type === this.newest) return;
    this.newest = event.type;
    this.look();
  }

  close(): void {
    clearInterval(this.timer);
    clearImmediate(this.first);
    this.wedge?.stop();
    this.progress.close();
  }

  /** The record says from here on whose the run is. Not before the prompt is on its way. */
  private tellNow(): void {
    this.options.tell(this.progress.figures, this.activity.view);
  }

  private get waitsForModel(): boolean | null {
    const door = this.watched?.door;
    return door?.isMetered ? door.isWaiting : null;
  }

  private tick(): void {
    this.look();
    void this.wedge?.tick();
    const { writer } = this.options;
    if (writer.lost.aborted) return;
    // What is written meanwhile nobody reads: it is not quiet for the writer, but for everybody else.
    const isAway = this.activity.current.what === 'redis';
    const data = isAway && !this.wasAway ? this.quiet.progress() : this.quiet.look(writer.lastSeq);
    this.wasAway = isAway;
    if (data) writer.push('run.progress', data);
  }

  /** A change is told within a second, with the figures. */
  private look(): void {
    const { what, until } = this.activity.current;
    const now = `${what} ${until ?? ''}`;
    if (now === this.told) return;
    this.told = now;
    this.progress.changed();
  }
}
