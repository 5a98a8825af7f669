import type { MessagesRequest, Usage } from './wire/api.types.js';
import { addUsage, noUsage } from './wire/usage.estimate.js';

/** One request as the server saw it. It is filled in while the request is answered. */
export interface JournalEntry {
  /** Counts from 1 since the last reset. */
  seq: number;
  at: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  session: string;
  model: string;
  /** The prompt that was answered, cut at 2,000 characters. */
  prompt: string;
  /** What answered: `step`, `closing`, `default`, `auxiliary:<kind>`, `fault`, `refused`, or the path's own answer. */
  kind: string;
  stepIndex: number;
  /** The directive that was played, as written. */
  step: string;
  status: number;
  stream: boolean;
  /** What the answer declared on the wire so far. */
  usage: Usage;
  finished: boolean;
  /** The client went away first. */
  aborted: boolean;
  /** The script broke the connection. */
  cut: boolean;
  endedAt?: string;
  /** Only the newest entries keep it. */
  body?: MessagesRequest;
}

/** The sum of what was declared on the wire. */
export interface Served {
  /** Calls of `POST /v1/messages`, failed ones too. */
  requests: number;
  /** Answers with status 200 that declared usage. */
  answers: number;
  usage: Usage;
  models: Record<string, { answers: number; usage: Usage }>;
}

/** The newest requests and the ledger of all of them. */
export class Journal {
  private entries: JournalEntry[] = [];
  private seq = 0;
  private requests = 0;
  private readonly declared = new WeakSet<JournalEntry>();
  private models: Served['models'] = {};

  constructor(
    private readonly limit: number,
    private readonly bodies: number,
  ) {}

  open(request: Pick<JournalEntry, 'method' | 'path' | 'headers'>): JournalEntry {
    const opened: JournalEntry = {
      seq: ++this.seq,
      at: new Date().toISOString(),
      ...request,
      session: '',
      model: '',
      prompt: '',
      kind: 'other',
      stepIndex: 0,
      step: '',
      status: 0,
      stream: false,
      usage: noUsage(),
      finished: false,
      aborted: false,
      cut: false,
    };
    if (request.method === 'POST' && request.path === '/v1/messages') this.requests += 1;
    this.entries.push(opened);
    if (this.entries.length > this.limit) this.entries.shift();
    const aged = this.entries.at(-1 - this.bodies);
    if (aged !== undefined) delete aged.body;
    return opened;
  }

  /** Books what an answer has declared by now; a later figure of the same answer replaces the earlier one. */
  declare(entry: JournalEntry, usage: Usage): void {
    const model = (this.models[entry.model] ??= { answers: 0, usage: noUsage() });
    if (!this.declared.has(entry)) model.answers += 1;
    this.declared.add(entry);
    const change = noUsage();
    for (const field of Object.keys(change) as (keyof Usage)[]) change[field] = usage[field] - entry.usage[field];
    model.usage = addUsage(model.usage, change);
    entry.usage = { ...usage };
  }

  list(): readonly JournalEntry[] {
    return this.entries;
  }

  served(): Served {
    const rows = Object.values(this.models);
    return {
      requests: this.requests,
      answers: rows.reduce((sum, row) => sum + row.answers, 0),
      usage: rows.reduce((sum, row) => addUsage(sum, row.usage), noUsage()),
      models: structuredClone(this.models),
    };
  }

  reset(): void {
    this.entries = [];
    this.seq = 0;
    this.requests = 0;
    this.models = {};
  }
}
