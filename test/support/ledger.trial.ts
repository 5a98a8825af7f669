import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Run, type Usage } from '@steward/client';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { anatomyOf } from './anatomy.js';
import { collect } from './collect.js';
import { followUntil } from './follow.js';
import { send } from './http.js';
import { ServerProcess } from './server.process.js';

/** What runs do that nobody ends. */
const WHOLE = [
  '[[say short]]',
  '[[bash echo x]] [[text n=40]]',
  '[[agent [[bash ls]] [[say a]]]] [[say done]]',
  '[[error 529 times=1]] [[say again]]',
  '[[cut after=3 delay=5 times=1]] [[say whole]]',
  '[[gzip]] [[text n=60]]',
];
const LONG = '[[text n=4000 delay=5]]';

/** Tokens by model, as each side counts them. */
export type Sums = Readonly<Record<string, Usage>>;

export interface LedgerReport {
  readonly runs: number;
  readonly states: Readonly<Record<string, number>>;
  /** What the scripted provider says that it has served. */
  readonly served: Sums;
  /** The sum of all runs. */
  readonly byRun: Sums;
  /** What the caller has used this month, all models together. */
  readonly byPayer: Usage;
  readonly requests: { readonly served: number; readonly byPayer: number };
}

const NONE: Usage = { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 };
const add = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cacheReadInputTokens: a.cacheReadInputTokens + b.cacheReadInputTokens,
  cacheCreationInputTokens: a.cacheCreationInputTokens + b.cacheCreationInputTokens,
});

/**
 * Many runs, and in between what a bad day brings: the CLI is killed, the run is cancelled, the whole server is killed
 * and started again, each while answers stream. In the end both sides' books are compared.
 */
export class LedgerTrial implements AsyncDisposable {
  private readonly ids: string[] = [];

  private constructor(
    private readonly api: MessagesApi,
    private readonly dataDir: string,
    private server: ServerProcess,
  ) {}

  static async start(): Promise<LedgerTrial> {
    const api = await startMessagesApi();
    const dataDir = mkdtempSync(join(tmpdir(), 'steward-ledger-'));
    return new LedgerTrial(api, dataDir, await LedgerTrial.launch(api, dataDir));
  }

  private static launch(api: MessagesApi, dataDir: string): Promise<ServerProcess> {
    return ServerProcess.start({
      modelUrl: api.url,
      dataDir,
      env: {
        STEWARD_WORKER_CONCURRENCY: '4',
        STEWARD_API_MAX_RETRIES: '1',
        STEWARD_SESSION_LEASE_MS: '4000',
        STEWARD_RENEW_DEADLINE_MS: '2000',
        STEWARD_AUTO_ALLOWED_TOOLS: 'Bash,Agent',
      },
    });
  }

  /** A round of four runs that end by themselves, then four that are ended in the middle. */
  async round(n: number, isKilled: boolean): Promise<void> {
    const client = this.server.client();
    const whole = await Promise.all([0, 1, 2, 3].map((k) => this.submit(WHOLE[(n * 4 + k) % WHOLE.length]!)));
    await Promise.all(whole.map((id) => collect(client.follow(id))));
    const long = await Promise.all([0, 1, 2, 3].map(() => this.submit(LONG)));
    const streams = await Promise.all(
      // A while into the answer: what the provider declared at its beginning has come through.
      long.map((id) => followUntil(client, id, (frame) => frame.type === 'text.delta')),
    );
    if (isKilled) {
      await this.restart();
      await Promise.allSettled(streams.map(({ whole: frames }) => frames));
      await Promise.all(long.map((id) => collect(this.server.client().follow(id))));
      return;
    }
    const { cli } = await anatomyOf(this.server.dataDir);
    if (cli !== undefined) process.kill(cli, 'SIGKILL');
    await Promise.all(long.map((id) => client.cancel(id)));
    await Promise.all(streams.map(({ whole: frames }) => frames));
  }

  /** Waits until every request is closed on both sides, and adds up. */
  async report(): Promise<LedgerReport> {
    const runs = await Promise.all(this.ids.map((id) => this.server.client().run(id)));
    const { served, month } = await this.settled();
    const states: Record<string, number> = {};
    for (const { state } of runs) states[state] = (states[state] ?? 0) + 1;
    return {
      runs: runs.length,
      states,
      served: Object.fromEntries(
        Object.entries(served.models).map(([model, { usage }]) => [
          model,
          {
            inputTokens: usage.input_tokens,
            outputTokens: usage.output_tokens,
            cacheReadInputTokens: usage.cache_read_input_tokens,
            cacheCreationInputTokens: usage.cache_creation_input_tokens,
          },
        ]),
      ),
      byRun: sumsOf(runs),
      byPayer: month.usage,
      requests: { served: served.requests, byPayer: month.requests },
    };
  }

  private async submit(prompt: string): Promise<string> {
    const { id } = await this.server.client().submit({ prompt: `${this.ids.length} ${prompt}` });
    this.ids.push(id);
    return id;
  }

  private async restart(): Promise<void> {
    await this.server.stop('SIGKILL');
    this.server = await LedgerTrial.launch(this.api, this.dataDir);
  }

  private async settled() {
    for (let tries = 0; this.api.journal.some(({ endedAt }) => endedAt === undefined) && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const { text } = await send(this.server.url, '/api/v1/claude/usage');
    const { month } = JSON.parse(text) as { month: { usage: Usage; requests: number } };
    return { served: this.api.served(), month };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
    await this.api.close();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function sumsOf(runs: readonly Run[]): Sums {
  const sums: Record<string, Usage> = {};
  for (const { usageByModel } of runs)
    for (const [model, { costUsd: _cost, ...usage }] of Object.entries(usageByModel))
      sums[model] = add(sums[model] ?? NONE, usage);
  return sums;
}
