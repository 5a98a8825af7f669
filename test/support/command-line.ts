import { parseArgs } from 'node:util';

/** What was asked of a command. */
export interface CommandLine<Name extends string> {
  readonly numbers: Readonly<Record<Name, number>>;
  readonly flags: ReadonlySet<string>;
  readonly rest: readonly string[];
}

/**
 * Reads the words of a command: `--name N` with whole numbers from 1 on, flags, and words of their own.
 *
 * @param defaults the numbers that there are
 * @throws Error that says which word is not understood
 */
export function readCommandLine<Name extends string>(
  words: readonly string[],
  defaults: Readonly<Record<Name, number>>,
  { flags = [], rest = [] }: { readonly flags?: readonly string[]; readonly rest?: readonly string[] } = {},
): CommandLine<Name> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }])),
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' as const }])),
    },
  });
  const strange = positionals.find((word) => !rest.includes(word));
  if (strange !== undefined) throw new Error(`not understood: ${strange}`);
  const numbers: Record<Name, number> = { ...defaults };
  for (const name of Object.keys(defaults) as Name[]) {
    const text = values[name];
    if (text === undefined) continue;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1 on, not ${text}`);
    numbers[name] = value;
  }
  return { numbers, flags: new Set(flags.filter((name) => values[name] === true)), rest: positionals };
}

/** Prints the help and ends, where that is what was asked for; else answers the words. */
export function wordsOrHelp(help: string): readonly string[] {
  const words = process.argv.slice(2);
  if (!words.includes('--help')) return words;
  process.stdout.write(help);
  process.exit(0);
}
