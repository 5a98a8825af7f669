import { type EventData, type NewEvent } from '../stream/index.js';
import { type Activity, type RunActivityView } from './run-activity.types.js';

/** Events that say nothing about these do not come for so long, where something else explains it. */
const STALE_MS = 3000;
/** An append to the log that is not answered for so long is told. */
const REDIS_AWAY_MS = 2000;
/** A repeated request begins a little later than it was said to. */
const RETRY_SLACK_MS = 2000;

/** What else is known of an attempt; asked whenever its activity is. */
export interface ActivitySources {
  /** Whether the model is waited for; null where nobody sees it. */
  readonly model: () => boolean | null;
  /** Whether people are waited for. */
  readonly people: () => boolean;
  /** Whether the answer is there, and tasks in the background are waited for. */
  readonly background: () => boolean;
  /** Since when Redis has not taken what was written (epoch ms); null: it has. */
  readonly unwrittenSince: () => number | null;
}

interface State {
  readonly what: Activity;
  readonly text: string;
  readonly since: number;
  readonly until: number | null;
  readonly tool?: string;
}

const SENTENCES: Readonly<Partial<Record<Activity, string>>> = {
  place: 'Waiting for an agent process, of which there are as many as there may be.',
  starting: 'Starting an agent process.',
  resuming: 'Starting an agent process that goes on with the conversation.',
  working: 'The agent is at work.',
  requesting: 'Waiting for the model.',
  thinking: 'Thinking.',
  answering: 'The model is answering.',
  approval: 'Waiting for the answer of a person.',
  background: 'Waiting for tasks in the background.',
  redis: 'Redis does not answer.',
  silent: 'The agent process says nothing, and nothing is known that it waits for.',
  stopping: 'Ending.',
};

/** What one attempt is doing, from its events and from those who know of what makes none. */
export class RunActivity {
  private readonly tools = new Map<string, { readonly name: string; readonly since: number }>();
  /** Before the agent has its prompt, and when it is ended. */
  private phase: State | null;
  private base: State;
  private heardAt: number;
  private waits: { readonly what: Activity; readonly since: number } | null = null;

  constructor(
    private readonly sources: ActivitySources,
    private readonly now: () => number = Date.now,
  ) {
    this.heardAt = now();
    this.phase = this.state('starting');
    this.base = this.state('working');
  }

  /** Null: the agent has its prompt. */
  enter(phase: 'place' | 'starting' | 'resuming' | 'stopping' | null): void {
    if (phase === null) this.base = this.state('working');
    if (phase === this.phase?.what) return;
    this.phase = phase === null ? null : this.state(phase);
  }

  /** The agent process said something. */
  heard(): void {
    this.heardAt = this.now();
  }

  note({ type, data }: NewEvent): void {
    switch (type) {
      case 'text.delta':
        return this.become('answering');
      case 'thinking.delta':
        return this.become('thinking');
      case 'tool.started':
        return void this.tools.set(data.toolUseId, { name: data.name, since: this.now() });
      case 'tool.finished':
        this.tools.delete(data.toolUseId);
        return this.become('working');
      case 'run.progress':
        return this.progress(data);
      default:
        return;
    }
  }

  /** Milliseconds since the agent process last said something. */
  get silentMs(): number {
    return this.now() - this.heardAt;
  }

  /** Names of the tools that run. */
  get openTools(): readonly string[] {
    return [...this.tools.values()].map(({ name }) => name);
  }

  /** Whether something is known that the agent process waits for, or does; a tool is none of it. */
  get isExplained(): boolean {
    const { model, people, background, unwrittenSince } = this.sources;
    if (this.phase || people() || background() || unwrittenSince() !== null) return true;
    if (this.base.until !== null && this.now() < this.base.until + RETRY_SLACK_MS) return true;
    return model() ?? MODEL_STATES.has(this.base.what);
  }

  get current(): State & { readonly tool?: string } {
    const found = this.found();
    // What is only found by looking has no event that says since when.
    if (this.waits?.what !== found.what) this.waits = { what: found.what, since: found.since };
    return found;
  }

  get view(): RunActivityView {
    const { what, text, since, until } = this.current;
    const iso = (ms: number) => new Date(ms).toISOString();
    return { what, text, since: iso(since), until: until === null ? null : iso(until) };
  }

  private found(): State {
    const { model, people, background, unwrittenSince } = this.sources;
    if (this.phase?.what === 'stopping') return this.phase;
    const unwritten = unwrittenSince();
    if (unwritten !== null && this.now() - unwritten > REDIS_AWAY_MS) return this.state('redis', unwritten);
    if (this.phase) return this.phase;
    if (people()) return this.lasting('approval');
    const [tool] = this.tools.values();
    if (tool) return { what: 'tool', text: `${tool.name} runs.`, since: tool.since, until: null, tool: tool.name };
    if (background()) return this.lasting('background');
    if (this.base.until !== null && this.now() < this.base.until) return this.base;
    if (this.silentMs < STALE_MS) return this.base;
    if (model() === true) return MODEL_STATES.has(this.base.what) ? this.base : this.state('requesting', this.heardAt);
    return model() === null ? this.base : this.state('silent', this.heardAt);
  }

  private progress(data: EventData<'run.progress'>): void {
    const { activity, text } = data;
    if (activity === 'api_retry') this.base = this.state('api_retry', this.now(), { text, inMs: data.delayMs ?? 0 });
    else if (activity === 'rate_limit') {
      const inMs = data.resetsAt ? Date.parse(data.resetsAt) - this.now() : (data.delayMs ?? 0);
      this.base = this.state('rate_limit', this.now(), { text, inMs });
    } else if (activity === 'requesting' || activity === 'thinking' || activity === 'compacting') {
      this.become(activity, text);
    }
  }

  private become(what: Activity, text?: string): void {
    if (this.base.what !== what) this.base = this.state(what, this.now(), { text });
  }

  /** Since it was first found. */
  private lasting(what: Activity): State {
    return this.state(what, this.waits?.what === what ? this.waits.since : this.now());
  }

  private state(
    what: Activity,
    since = this.now(),
    { text, inMs = 0 }: { readonly text?: string | undefined; readonly inMs?: number } = {},
  ): State {
    return { what, text: text ?? SENTENCES[what] ?? '', since, until: inMs > 0 ? this.now() + inMs : null };
  }
}

/** While these last the model is waited for, as far as the CLI tells it. */
const MODEL_STATES: ReadonlySet<Activity> = new Set(['requesting', 'thinking', 'answering', 'compacting']);
