import { type ChaosReport } from './chaos.js';

const table = (heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const all = [heads, ...rows].map((row) => row.map(String));
  const widths = heads.map((_, at) => Math.max(...all.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  const [head, ...body] = all;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** What happened and what came of it, for people. */
export function reportOf({ options, seconds, struck, refusals, ended, ledger, faults, logs }: ChaosReport): string {
  const kinds = [...new Set(ended.map(({ trial }) => trial.kind))].toSorted();
  const rows = kinds.map((kind) => {
    const of = ended.filter(({ trial }) => trial.kind === kind);
    const count = (state: string) => of.filter(({ run }) => run.state === state).length;
    const attempts = of.map(({ run }) => run.attempts);
    const acts = sum(of.map(({ trial }) => trial.reader.calls.size));
    const resumed = sum(of.map(({ trial }) => trial.reader.counts['run.resumed'] ?? 0));
    return [
      kind,
      of.length,
      count('completed'),
      count('cancelled'),
      count('failed'),
      sum(attempts),
      Math.max(...attempts),
      resumed,
      acts,
    ];
  });
  const heads = ['runs', 'accepted', 'completed', 'cancelled', 'failed', 'attempts', 'most', 'resumed', 'tool calls'];
  const total = [
    'all',
    ...heads
      .slice(1)
      .map((_, at) =>
        at === 5 ? Math.max(...rows.map((row) => Number(row[6]))) : sum(rows.map((row) => Number(row[at + 1]))),
      ),
  ];
  const parts = [
    `seed ${options.seed}: ${sum(Object.values(struck))} faults in ${seconds} s on ${options.apis} apis and ${options.workers} workers`,
    table(['fault', 'times'], Object.entries(struck)),
    table(heads, [...rows, total]),
    `met before acceptance: ${
      Object.entries(refusals)
        .map(([code, count]) => `${code} ${count}`)
        .join(', ') || 'nothing'
    }`,
    ...(ledger
      ? [
          table(
            ['tokens', 'served', 'booked'],
            Object.entries(ledger.served).map(([kind, count]) => [kind, count, ledger.booked[kind] ?? 0]),
          ),
          `${ledger.torn} requests were under way to a worker that was killed, or waited in it to be booked`,
        ]
      : []),
    faults.length === 0
      ? 'Nothing is wrong.'
      : [`${faults.length} things are wrong:`, ...faults, `The servers' logs are in ${logs}.`].join('\n'),
  ];
  return `\n${parts.join('\n\n')}\n`;
}
