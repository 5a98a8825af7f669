import { setTimeout as delay } from 'node:timers/promises';
import { type Run, type Session } from '@steward/client';
import { startMessagesApi } from '../messages-api/index.js';
import { seeded } from '../support/random.js';
import { BEGUN, Deployment, type Victim, VICTIMS } from './deployment.js';

const OPERATIONS = ['create', 'run', 'hibernate', 'resume', 'fork', 'close'] as const;
type Operation = (typeof OPERATIONS)[number];

/** The longest that one of them takes, about; a kill comes at any time in it. */
const SPAN_MS: Record<Operation, number> = {
  create: 900,
  run: 300,
  hibernate: 2500,
  resume: 1200,
  fork: 300,
  close: 400,
};
const SETTLE_MS = 60_000;
const TEMPLATE = { kind: 'template', name: 'begin' } as const;

/** An open session, and words that its conversation must know. */
interface Known {
  readonly id: string;
  readonly words: Set<string>;
}

/** What was found of one series of kills. */
export interface CrashReport {
  readonly moments: number;
  readonly kills: Record<string, number>;
  /** What is not as it should be; empty when all is. */
  readonly faults: readonly string[];
}

/** Kills something at random moments of what sessions do, and looks after each whether all sessions are true and usable. */
export class SessionCrashes {
  private readonly sessions = new Map<string, Known>();
  private readonly faults: string[] = [];
  private readonly kills: Record<string, number> = {};
  private readonly random: () => number;
  private count = 0;

  private constructor(
    private readonly deployment: Deployment,
    /** What the model was shown with the newest prompt that begins so. */
    private readonly modelSaw: (begin: string) => string,
    private readonly say: (line: string) => void,
    seed: number,
  ) {
    this.random = seeded(seed);
  }

  static async run(moments: number, seed: number, say: (line: string) => void): Promise<CrashReport> {
    const api = await startMessagesApi();
    const saw = (begin: string) =>
      JSON.stringify(api.journal.findLast(({ prompt }) => prompt?.startsWith(begin))?.body?.messages ?? '');
    const deployment = await Deployment.start(api.url);
    const series = new SessionCrashes(deployment, saw, say, seed);
    try {
      for (let moment = 0; moment < moments; moment += 1) await series.moment(moment);
      await series.finish();
      return { moments, kills: series.kills, faults: series.faults };
    } finally {
      await deployment[Symbol.asyncDispose]();
      await api.close();
    }
  }

  private async moment(index: number): Promise<void> {
    const operation = OPERATIONS[index % OPERATIONS.length]!;
    const victim = this.pick(VICTIMS);
    const afterMs = Math.floor(this.random() * SPAN_MS[operation]);
    const name = `${operation}, ${victim} killed after ${afterMs} ms`;
    this.kills[`${operation}/${victim}`] = (this.kills[`${operation}/${victim}`] ?? 0) + 1;
    const known = this.pick([...this.sessions.values()]);
    const [settled] = await Promise.all([this.perform(operation, known), this.strike(victim, afterMs)]);
    await settled();
    await this.learn();
    await Promise.all([...this.sessions.values()].map((session) => this.check(name, session)));
    this.say(
      [`${index + 1}. ${name}: ${this.sessions.size} sessions`, `${this.faults.length} faults`, ...this.faults].join(
        ', ',
      ),
    );
  }

  private async strike(victim: Victim, afterMs: number): Promise<void> {
    await delay(afterMs);
    await this.deployment.kill(victim);
  }

  /** Does it, and answers what is to be done once everything is back. */
  private async perform(operation: Operation, known: Known | undefined): Promise<() => Promise<void>> {
    const { client } = this.deployment;
    const nothing = () => Promise.resolve();
    if (operation === 'create' && this.random() < 0.3) {
      await client.createSession(undefined, { workspace: TEMPLATE }).catch(() => undefined);
      return nothing;
    }
    if (!known || operation === 'create')
      return this.submit(undefined, this.random() < 0.5 ? { workspace: TEMPLATE } : {});
    if (operation === 'run') return this.submit(known.id);
    if (operation === 'hibernate') return nothing;
    if (operation === 'resume') {
      // Another profile: the process that waits, if one does, is ended for a new one.
      return this.submit(known.id, { appendSystemPrompt: `Be number ${(this.count += 1)}.` });
    }
    if (operation === 'fork') {
      await client.forkSession(known.id).catch(() => undefined);
      return nothing;
    }
    this.sessions.delete(known.id);
    await client.closeSession(known.id).catch(() => undefined);
    return () => this.close(known.id);
  }

  private async submit(sessionId: string | undefined, more: object = {}): Promise<() => Promise<void>> {
    const word = `word-${(this.count += 1)}-${Math.floor(this.random() * 1e6)}`;
    const request = { prompt: `${word} [[text n=15 delay=10]]`, ...(sessionId ? { sessionId } : {}), ...more };
    const run = await this.deployment.client.submit(request).catch(() => null);
    return async () => {
      if (!run) return;
      const ended = await this.settled(
        () => this.deployment.client.run(run.id),
        ({ endedAt }: Run) => endedAt !== null,
      );
      if (!ended) this.faults.push(`run ${run.id} never ended`);
      // What a run has said that was cut off may be there or not.
      else if (ended.state === 'completed') {
        const known = this.sessions.get(ended.sessionId) ?? { id: ended.sessionId, words: new Set<string>() };
        this.sessions.set(known.id, { ...known, words: known.words.add(word) });
      }
    };
  }

  /** Sessions whose making was not heard of. */
  private async learn(): Promise<void> {
    const page = await this.settled(
      () => this.deployment.client.sessions({ limit: 200 }),
      () => true,
    );
    for (const { id } of page?.data ?? []) {
      if (!this.sessions.has(id)) this.sessions.set(id, { id, words: new Set() });
    }
  }

  private async check(name: string, { id, words }: Known): Promise<void> {
    const { client } = this.deployment;
    const rests = ({ state }: Session) => state === 'idle' || state === 'hibernated';
    const session = await this.settled(() => client.session(id), rests);
    if (!session) this.faults.push(`${name}: ${id} does not come to rest`);
    const isFilled = session?.workspace.kind === 'template';
    const begin = `${id} ${(this.count += 1)}.`;
    const prompt = `${begin} ${isFilled ? '[[bash cat begin.txt; ls | wc -l]] [[result]]' : '[[say here]]'}`;
    const run = await client.execute({ prompt, sessionId: id }).catch((error: Error) => error.message);
    if (typeof run === 'string' || run.state !== 'completed') {
      this.faults.push(`${name}: ${id} is not usable: ${typeof run === 'string' ? run : run.error?.code}`);
      return;
    }
    if (isFilled && run.result?.text !== `${BEGUN}301`)
      this.faults.push(`${name}: ${id} does not have its template: ${run.result?.text}`);
    const seen = this.modelSaw(begin);
    const missing = [...words].filter((word) => !seen.includes(word));
    if (missing.length > 0) this.faults.push(`${name}: ${id} has forgotten ${missing.join(', ')}`);
  }

  private async close(id: string): Promise<void> {
    const gone = await this.settled(
      async () => {
        const error = await this.deployment.client.closeSession(id).then(
          () => null,
          (reason: { code?: string }) => reason.code,
        );
        return error === null || error === 'session.not_found';
      },
      (closed) => closed,
    );
    if (!gone) this.faults.push(`${id} cannot be closed`);
  }

  /** Everything is closed; nothing may be left of it. */
  private async finish(): Promise<void> {
    for (const id of this.sessions.keys()) await this.close(id);
    await this.deployment.cool();
    const left = await this.settled(
      () => this.deployment.leftovers(),
      (found) => found.length === 0,
    );
    if (!left) this.faults.push(`left over: ${(await this.deployment.leftovers()).join(', ')}`);
  }

  /** The first answer that will do; null when none came in time. */
  private async settled<T>(ask: () => Promise<T>, will: (answer: T) => boolean): Promise<T | null> {
    const deadline = performance.now() + SETTLE_MS;
    while (performance.now() < deadline) {
      const answer = await ask().catch(() => null);
      if (answer !== null && will(answer)) return answer;
      await delay(100);
    }
    return null;
  }

  private pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)]!;
  }
}
