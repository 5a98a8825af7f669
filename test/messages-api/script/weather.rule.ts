import { DirectiveError } from './directive.error.js';
import { compileScript } from './script.compiler.js';
import type { Fault } from './step.types.js';

/** Trouble that strikes whatever the prompts say, for tests of a whole service. */
export interface Weather {
  /** Every n-th request for a reply fails. */
  every: number;
  /** How, in turn: faults such as `[[error 529]]` or `[[cut after=2]]`. */
  faults: readonly string[];
}

/** Decides request by request whether the weather strikes. The same requests in the same order meet the same fate. */
export class WeatherRule {
  private requests = 0;
  private struck = 0;
  private readonly faults: Fault[];

  constructor(private readonly weather: Weather) {
    const { every, faults } = weather;
    if (!Number.isInteger(every) || every < 1)
      throw new DirectiveError('the weather needs "every", a whole number from 1');
    this.faults = Array.isArray(faults)
      ? faults.flatMap((text: string) => compileScript(text)?.closing.faults ?? [])
      : [];
    if (this.faults.length === 0)
      throw new DirectiveError('the weather needs "faults", a list such as ["[[error 529]]"]');
  }

  strike(): Fault | undefined {
    if (++this.requests % this.weather.every !== 0) return undefined;
    return this.faults[this.struck++ % this.faults.length];
  }
}
