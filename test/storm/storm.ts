import { setTimeout as delay } from 'node:timers/promises';
import { isFrame, type Frame, type Run, type StewardClient } from '@steward/client';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { RESUME_TURNS } from '../support/resume-texts.js';
import { ServerProcess } from '../support/server.process.js';
import { type Caller, caller } from './callers.js';

export interface StormOptions {
  /** Of the bad weather; the middle fifth of it is a whole outage, which lasts longer where it takes longer until a run waits for its end. */
  readonly seconds: number;
  /** Between two runs of one caller. */
  readonly everyMs: number;
  /** How long what was accepted may take to end afterwards. */
  readonly patienceMs: number;
}

export interface StormReport {
  readonly seconds: number;
  /** Of callers who ask nothing wrong: by state. */
  readonly healthy: Readonly<Record<string, number>>;
  /** Of the one whose every request fails. */
  readonly poisoned: Readonly<Record<string, number>>;
  readonly waitedForOutage: number;
  readonly retries: number;
  readonly retriesAllowed: number;
  readonly requests: number;
  readonly failedByWeather: number;
  readonly breakersOpened: number;
  readonly breakersClosed: number;
  /** What is not as it should be. */
  readonly faults: readonly string[];
}

/** A tenth of a second each. */
const RELEASE_LOOKS = 100;
const OUTAGE_LOOKS = 300;
const FLOOR = 20;
const PERCENT = 50;
const HEALTHY = ['ann', 'bob', 'cid'];
const MIXED = ['[[error 529]]', '[[error 500]]', '[[cut after=2]]', '[[error 429 retry-after=1]]'];
const PROMPTS = ['[[say fine]]', '[[text n=30 delay=5]]', '[[bash echo x]] [[say done]]'];

interface Ended {
  readonly by: string;
  readonly run: Run;
  readonly frames: readonly Frame[];
}

/**
 * Every third request to the model fails, for a time, under load, and in the middle of it all of them. Then: did the runs of
 * those complete who asked nothing wrong, did retries keep to their budget, did breakers open and close, is anything stuck?
 */
export class Storm {
  private readonly following: Promise<void>[] = [];
  private readonly ended: Ended[] = [];
  private submitted = 0;
  /** Runs that have waited for the end of an outage. */
  private readonly parked = new Set<string>();
  private readonly begunAt = performance.now();

  private constructor(
    private readonly model: MessagesApi,
    private readonly server: ServerProcess,
    private readonly callers: readonly Caller[],
    private readonly tell: (line: string) => void,
  ) {}

  static async run(options: StormOptions, tell: (line: string) => void = () => undefined): Promise<StormReport> {
    const callers = [...HEALTHY, 'eve'].map(caller);
    const model = await startMessagesApi({ hostTexts: RESUME_TURNS, journalLimit: 100_000, journalBodies: 0 });
    const env = {
      STEWARD_API_KEYS: callers.map(({ row }) => row).join(','),
      STEWARD_WORKER_CONCURRENCY: '6',
      STEWARD_RUN_ATTEMPTS: '6',
      STEWARD_RETRY_BASE_MS: '200',
      STEWARD_RETRY_MAX_MS: '2000',
      STEWARD_RETRY_BUDGET_FLOOR: String(FLOOR),
      STEWARD_RETRY_BUDGET_PERCENT: String(PERCENT),
      // Eve's runs meet nothing but failures; they need not be waited for long.
      STEWARD_OUTAGE_MAX_WAIT_MS: String(options.seconds * 1000),
      STEWARD_BREAKER_FAILURES: '6',
      STEWARD_BREAKER_WINDOW_MS: '10000',
      STEWARD_BREAKER_OPEN_MS: '300',
      STEWARD_BREAKER_MAX_OPEN_MS: '1500',
    };
    try {
      await using server = await ServerProcess.start({ modelUrl: model.url, env });
      return await new Storm(model, server, callers, tell).blow(options);
    } finally {
      await model.close();
    }
  }

  private async blow({ seconds, everyMs, patienceMs }: StormOptions): Promise<StormReport> {
    const load = new AbortController();
    const loads = this.callers.map((who) => this.submit(who, everyMs, load.signal));
    const phases = [
      { what: 'every third request fails', forMs: 0.4 * seconds * 1000, weather: { every: 3, faults: MIXED } },
      { what: 'all of them fail', forMs: 0.2 * seconds * 1000, weather: { every: 1, faults: ['[[error 529]]'] } },
      { what: 'every third request fails', forMs: 0.4 * seconds * 1000, weather: { every: 3, faults: MIXED } },
    ];
    for (const { what, forMs, weather } of phases) {
      this.say(what);
      this.model.setWeather(weather);
      await delay(forMs);
      if (weather.every === 1) await this.someWait();
    }
    this.model.setWeather(undefined);
    load.abort();
    await Promise.all(loads);
    this.say(`the weather is fine again; ${this.submitted} runs were submitted`);
    await Promise.race([Promise.all(this.following), delay(patienceMs, undefined, { ref: false })]);
    this.say(`${this.ended.length} of them have ended`);
    // What was left open by the last of eve's runs closes with the next of anybody else.
    const [{ key }] = this.callers as [Caller];
    const after = await this.server.client(key).execute({ prompt: '[[say after]]' });
    this.say(`a run afterwards is ${after.state}`);
    return this.report(seconds);
  }

  private async submit({ name, key }: Caller, everyMs: number, signal: AbortSignal): Promise<void> {
    const client = this.server.client(key);
    let sessionId: string | undefined;
    for (let n = 0; !signal.aborted; n += 1) {
      const prompt = name === 'eve' ? '[[error 500]]' : PROMPTS[n % PROMPTS.length]!;
      // Every other one goes on with the session before it.
      const at = n % 2 === 1 && sessionId !== undefined ? { sessionId } : {};
      const run = await client.submit({ prompt, ...at });
      ({ sessionId } = run);
      this.submitted += 1;
      this.following.push(this.follow(name, client, run.id));
      await delay(name === 'eve' ? 3 * everyMs : everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** On a busy machine so few requests fail in a short outage that no breaker opens. */
  private async someWait(): Promise<void> {
    for (let looks = 0; this.parked.size === 0 && looks < OUTAGE_LOOKS; looks += 1) await delay(100);
  }

  private async follow(by: string, client: StewardClient, id: string): Promise<void> {
    const frames: Frame[] = [];
    for await (const item of client.follow(id)) {
      if (!isFrame(item)) continue;
      frames.push(item);
      if (item.type === 'run.parked') this.parked.add(id);
    }
    this.ended.push({ by, run: await client.run(id), frames });
  }

  private async report(seconds: number): Promise<StormReport> {
    const runs = [...this.ended];
    const [healthy, poisoned] = [runs.filter(({ by }) => by !== 'eve'), runs.filter(({ by }) => by === 'eve')];
    const retries = runs.flatMap(({ frames }) => frames.filter(({ type }) => type === 'run.retrying')).length;
    const minutes = Math.ceil((performance.now() - this.begunAt) / 60_000);
    const retriesAllowed = FLOOR * minutes + (PERCENT / 100) * runs.length;
    const [opened, closed, open] = await this.breakers();
    const waiting = await this.waiting();
    const faults = [
      ...(runs.length < this.submitted ? [`${this.submitted - runs.length} runs have not ended`] : []),
      ...healthy
        .filter(({ run }) => run.state !== 'completed')
        .map(({ run }) => `${run.id}: ${run.error?.code ?? run.state}`),
      ...healthy.filter(({ run }) => run.result?.text === '').map(({ run }) => `${run.id} has no answer`),
      ...runs.filter(({ frames }) => !isWhole(frames)).map(({ run }) => `${run.id}: its events are not whole`),
      ...poisoned.filter(({ run }) => run.state !== 'failed').map(({ run }) => `${run.id} of eve is ${run.state}`),
      ...(retries > retriesAllowed ? [`${retries} retries, ${retriesAllowed} allowed`] : []),
      ...(opened === 0 ? ['no breaker opened'] : []),
      ...(closed === 0 || open > 0 ? ['a breaker is open still'] : []),
      ...(waiting > 0 ? [`${waiting} runs wait`] : []),
    ];
    const { journal } = this.model;
    return {
      seconds,
      healthy: byState(healthy),
      poisoned: byState(poisoned),
      waitedForOutage: this.parked.size,
      retries,
      retriesAllowed,
      requests: journal.filter(({ path }) => path === '/v1/messages').length,
      failedByWeather: journal.filter(({ kind }) => kind === 'weather').length,
      breakersOpened: opened,
      breakersClosed: closed,
      faults,
    };
  }

  private async breakers(): Promise<[opened: number, closed: number, open: number]> {
    const figures = (await this.get('metrics')) as Record<string, { labels: Record<string, string>; value: number }[]>;
    const sum = (name: string, state?: string) =>
      (figures[name] ?? [])
        .filter(({ labels }) => state === undefined || labels['state'] === state)
        .reduce((total, { value }) => total + value, 0);
    const changes = 'steward_breaker_changes_total';
    return [sum(changes, 'open'), sum(changes, 'closed'), sum('steward_breakers_open')];
  }

  /** Runs that have no end: of one that has just ended the place is free a moment later. */
  private async waiting(): Promise<number> {
    for (let left = RELEASE_LOOKS; ; left -= 1) {
      const { waiting, placed } = (await this.get('admin/queue')) as { waiting: { all: number }; placed: number };
      if (waiting.all + placed === 0 || left === 0) return waiting.all + placed;
      await delay(100);
    }
  }

  private async get(path: string): Promise<unknown> {
    const headers = { 'x-api-key': this.callers[0]!.key };
    return (await fetch(`${this.server.url}/api/v1/claude/${path}`, { headers })).json();
  }

  private say(line: string): void {
    this.tell(`${((performance.now() - this.begunAt) / 1000).toFixed(1)} s: ${line}`);
  }
}

const isWhole = (frames: readonly Frame[]): boolean =>
  frames.every(({ fromSeq }, index) => fromSeq === (frames[index - 1]?.seq ?? 0) + 1);

function byState(ended: readonly Ended[]): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { run } of ended) count[run.state] = (count[run.state] ?? 0) + 1;
  return count;
}
