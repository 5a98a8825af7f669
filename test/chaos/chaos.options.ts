import { readCommandLine } from '../support/command-line.js';

/** One chaos: how much, on what, and by which seed. */
export interface ChaosOptions {
  /** Says what is submitted and what strikes when; the same seed plans the same. */
  readonly seed: number;
  /** How often something is made to go wrong. */
  readonly faults: number;
  readonly workers: number;
  readonly apis: number;
  /** Callers that each have something under way all the time. */
  readonly lanes: number;
  /** Longest pause between two faults, in milliseconds; the shortest is a quarter of it. */
  readonly gapMs: number;
}

export const DEFAULTS: ChaosOptions = { seed: 1, faults: 200, workers: 3, apis: 2, lanes: 12, gapMs: 2400 };

export const HELP = `usage: npm run chaos [-- --seed N] [--faults N] [--workers N] [--apis N] [--lanes N] [--gap MS]

Submits a mix of runs (texts, tools, approvals, 5 MB answers, sessions, cancels) to several api and worker processes with
the real CLI, and lets things go wrong under them: servers, CLIs, supervisors and Redis are killed or stopped for seconds,
answers of the model are cut or refused, workspaces filled. Then it proves that every accepted run ended once, that every
reader has whole frames and the right text, that every tool acted once, that the books are right, and that nothing is left.
Prints a table; exit code 1 when anything is not as it should be.

Defaults: ${Object.entries(DEFAULTS)
  .map(([name, value]) => `--${name === 'gapMs' ? 'gap' : name} ${value}`)
  .join(' ')}
`;

/** @throws Error that says which word is not understood */
export function parseOptions(words: readonly string[]): ChaosOptions {
  const { gapMs, ...others } = DEFAULTS;
  const { gap, ...numbers } = readCommandLine(words, { ...others, gap: gapMs }).numbers;
  return { ...numbers, gapMs: gap };
}
