import { seeded } from '../support/random.js';
import { type Arena } from './arena.js';
import { Lane } from './lane.js';
import { type Kind, KINDS } from './mix.js';
import { type Trial } from './trial.types.js';

const WEIGHTS = KINDS.reduce((sum, { weight }) => sum + weight, 0);

function pick(random: number): Kind {
  let rest = random * WEIGHTS;
  return KINDS.find(({ weight }) => (rest -= weight) < 0) ?? KINDS[0]!;
}

/** Callers that submit the mix until they are told to stop. */
export class Load {
  readonly trials: Trial[] = [];
  /** What submissions met before they were accepted, by code. */
  readonly refusals: Record<string, number> = {};
  private on = true;
  private readonly lanes: Promise<void>[];

  constructor(arena: Arena, count: number, seed: number) {
    this.lanes = Array.from({ length: count }, (_, n) => {
      const random = seeded(seed * 1000 + n * 7919);
      // Half of them read over Socket.IO.
      const readers = arena.client(n, n % 2 === 0 ? 'sse' : 'socket');
      const note = (why: string) => (this.refusals[why] = (this.refusals[why] ?? 0) + 1);
      const lane = new Lane(n, random, arena.client(n), readers, (trial) => this.trials.push(trial), note);
      return this.keepBusy(lane, random);
    });
  }

  /** Runs that nobody has told the end of. */
  get open(): readonly Trial[] {
    return this.trials.filter(({ reader }) => reader.text.ends.length === 0);
  }

  /** Submits nothing more. @returns when every lane has heard the end of what it had */
  async stop(): Promise<void> {
    this.on = false;
    await Promise.all(this.lanes);
  }

  private async keepBusy(lane: Lane, random: () => number): Promise<void> {
    while (this.on) await pick(random()).play(lane);
  }
}
