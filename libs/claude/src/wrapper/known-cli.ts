import { type CliInfo } from './cli-locator.js';

/** After so long the program is asked again, so that an installed or updated one is seen. */
const FRESH_MS = 60_000;

/**
 * The CLI as it was last found. Asking a program for its version takes longer than a whole prompt, and a general cache
 * costs more than the rest of a hot run's start: who asks gets what is known at once, and the next look goes on beside.
 */
export class KnownCli {
  private known: CliInfo | undefined;
  private foundAt = 0;
  private finding: Promise<CliInfo> | undefined;

  constructor(private readonly find: () => Promise<CliInfo>) {}

  /** @throws ClaudeError `cli.not_found`, `cli.unusable`; what was known is forgotten then */
  async get(): Promise<CliInfo> {
    const { known } = this;
    if (known && performance.now() - this.foundAt < FRESH_MS) return known;
    const found = this.look();
    if (!known) return found;
    found.catch(() => undefined);
    return known;
  }

  /** Looks again, whether another one was put in its place since, which may have to be started in another way. */
  async isAnotherThan(cli: CliInfo): Promise<boolean> {
    const { path, version, tuned } = await this.look().catch(() => cli);
    return path !== cli.path || version !== cli.version || tuned !== cli.tuned;
  }

  private look(): Promise<CliInfo> {
    this.finding ??= this.find()
      .then(
        (found) => {
          this.foundAt = performance.now();
          return (this.known = found);
        },
        (error: unknown) => {
          this.known = undefined;
          throw error;
        },
      )
      .finally(() => (this.finding = undefined));
    return this.finding;
  }
}
