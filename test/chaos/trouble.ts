import { setTimeout as delay } from 'node:timers/promises';
import { seeded } from '../support/random.js';
import { type Arena } from './arena.js';
import { type ChaosOptions } from './chaos.options.js';
import { FAULTS, type FaultKind } from './faults.js';
import { type Load } from './load.js';

const WEIGHTS = FAULTS.reduce((sum, { weight }) => sum + weight, 0);

/** Lets so many things go wrong, one after the other, each for as long as it lasts. */
export class Trouble {
  /** How often what struck. */
  readonly struck: Record<string, number> = Object.fromEntries(FAULTS.map(({ name }) => [name, 0]));
  private readonly random: () => number;

  constructor(
    private readonly arena: Arena,
    private readonly load: Load,
    private readonly options: ChaosOptions,
    private readonly say: (line: string) => void,
  ) {
    this.random = seeded(options.seed);
  }

  get count(): number {
    return Object.values(this.struck).reduce((sum, count) => sum + count, 0);
  }

  /** @returns when the last one is over */
  async rage(): Promise<void> {
    const { faults, gapMs } = this.options;
    let [begun, missed] = [0, 0];
    const going = new Set<Promise<void>>();
    const strike = async (kind: FaultKind) => {
      const hit = await kind.strike({ arena: this.arena, load: this.load, chance: this.random() });
      if (hit) this.note(kind.name);
      else missed += 1;
    };
    while (begun - missed < faults) {
      await delay(gapMs * (0.25 + 0.75 * this.random()));
      begun += 1;
      const fault = strike(this.next()).finally(() => going.delete(fault));
      going.add(fault);
      // What finds nothing to strike is made up for.
      if (begun - missed === faults) await Promise.all(going);
    }
  }

  private next(): FaultKind {
    let rest = this.random() * WEIGHTS;
    return FAULTS.find(({ weight }) => (rest -= weight) < 0) ?? FAULTS[0]!;
  }

  private note(name: string): void {
    this.struck[name]! += 1;
    const { trials, open } = this.load;
    this.say(`${String(this.count).padStart(4)}  ${name.padEnd(20)} ${trials.length} accepted, ${open.length} open`);
  }
}
