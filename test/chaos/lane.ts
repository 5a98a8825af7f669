import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError, type RunRequest, type StewardClient } from '@steward/client';
import { randomUUID } from 'node:crypto';
import { RunReader } from './run-reader.js';
import { type Trial, type Wanted } from './trial.types.js';

const AGAIN_MS = 300;
const NOTHING: Wanted = { text: null, lines: [], asks: false, isCancelled: false, recalls: [] };

/** A caller who has something under way all the time. */
export class Lane {
  private count = 0;

  constructor(
    private readonly number: number,
    readonly random: () => number,
    private readonly client: StewardClient,
    private readonly readers: StewardClient,
    private readonly accepted: (trial: Trial) => void,
    private readonly refused: (why: string) => void,
  ) {}

  /** A word that nobody else says. */
  name(): string {
    this.count += 1;
    return `n${this.number}x${this.count}n`;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** Asks, with one key, until there is an answer: a run that was accepted without anybody hearing of it is that run. */
  async submit(kind: string, request: RunRequest, wanted: Partial<Wanted>): Promise<Trial> {
    const idempotencyKey = randomUUID();
    for (;;) {
      try {
        const { id, sessionId } = await this.client.submit(request, { idempotencyKey });
        const reader = new RunReader(this.readers, id);
        const word = request.prompt?.split(' ')[0] ?? '';
        const trial = {
          kind,
          word,
          id,
          sessionId,
          wanted: { ...NOTHING, ...wanted },
          reader,
          filled: false,
          cancelledAt: null,
        };
        this.accepted(trial);
        return trial;
      } catch (error) {
        if (error instanceof ProblemError && !error.problem.retryable) throw error;
        this.refused((error as { code?: string }).code ?? 'unknown');
        await delay(AGAIN_MS);
      }
    }
  }

  async cancel(trial: Trial): Promise<void> {
    while (trial.cancelledAt === null) {
      const asked = await this.client.cancel(trial.id).catch(() => null);
      if (asked) trial.cancelledAt = Date.now();
      else await delay(AGAIN_MS);
    }
  }
}
