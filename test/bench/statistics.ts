import { seeded } from '../support/random.js';

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

const RESAMPLED = 1000;

/**
 * What chance alone makes of a difference of two medians: it is known to within so much, 19 times of 20. Found by
 * drawing from both again and again, with the same numbers each time.
 */
export function spread(bare: readonly number[], steward: readonly number[]): number {
  const random = seeded(1);
  const drawn = (values: readonly number[]): number =>
    median(values.map(() => values[Math.floor(random() * values.length)]!));
  const differences = Array.from({ length: RESAMPLED }, () => drawn(steward) - drawn(bare));
  return (quantile(differences, 0.975) - quantile(differences, 0.025)) / 2;
}

/** One line of the report. */
export interface Measure {
  readonly what: string;
  /** NaN where there is nothing to compare with. */
  readonly bare: number;
  readonly steward: number;
  readonly unit: string;
  /** What chance makes of the difference ({@link spread}), where it was looked at. */
  readonly spread?: number;
  /** What the bar allows, as `--check` compares it; null: only told. */
  readonly bar: { readonly text: string; readonly holds: boolean } | null;
}

const shown = (value: number): string =>
  Number.isFinite(value) ? (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)) : '-';

export function report(measures: readonly Measure[]): string {
  const heads = ['what', 'bare CLI', 'Steward', 'unit', 'difference', '±', 'ratio', 'bar'];
  const rows = measures.map(({ what, bare, steward, unit, spread: chance, bar }) => [
    what,
    shown(bare),
    shown(steward),
    unit,
    shown(steward - bare),
    chance === undefined ? '' : shown(chance),
    shown(steward / bare),
    bar ? `${bar.text}: ${bar.holds ? 'holds' : 'MISSED'}` : '',
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
