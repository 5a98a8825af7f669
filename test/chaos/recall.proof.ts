import { type Ended } from './trial.types.js';

/** What is wrong with what a conversation remembers: the prompts of its completed runs, once each, in their order. */
export function recallProof({ trial, run }: Ended, ended: ReadonlyMap<string, Ended>): string[] {
  if (trial.wanted.recalls.length === 0 || run.state !== 'completed') return [];
  const known = run.result?.text ?? '';
  const completed = trial.wanted.recalls.filter((id) => ended.get(id)?.run.state === 'completed');
  const prompts = parse(known);
  if (prompts === null) return [`recalled no list: ${known.slice(0, 80)}`];
  const places = completed.map((id) =>
    prompts.flatMap((prompt, at) => (prompt.includes(wordOf(ended.get(id)!)) ? [at] : [])),
  );
  const faults = places.flatMap((found, n) =>
    found.length === 1 ? [] : [`prompt ${n + 1} is in the conversation ${found.length} times`],
  );
  const order = places.map(([first]) => first ?? 0);
  return order.some((at, n) => n > 0 && at < order[n - 1]!)
    ? [...faults, `the conversation has its prompts in the order ${order.join()}`]
    : faults;
}

/** A prompt begins with a word of its own. */
const wordOf = ({ trial }: Ended): string => `${trial.word} `;

function parse(text: string): string[] | null {
  try {
    return JSON.parse(text) as string[];
  } catch {
    return null;
  }
}
