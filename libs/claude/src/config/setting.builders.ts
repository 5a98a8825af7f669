import { readFileSync } from 'node:fs';
import { type Setting } from './setting.types.js';

interface Common {
  readonly group: string;
  readonly about: string;
  readonly secret?: boolean;
}

interface NumberOptions extends Common {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

const base = (env: string, options: Common) => ({
  env,
  group: options.group,
  about: options.about,
  secret: options.secret ?? false,
});

/** A whole number within bounds (both included). */
export const integer = (env: string, options: NumberOptions): Setting<number> => ({
  ...base(env, options),
  type: `integer ${options.min} … ${options.max}`,
  shownDefault: String(options.initial),
  initial: options.initial,
  parse(given) {
    const value = Number(given);
    if (!/^-?\d+$/.test(given) || value < options.min || value > options.max) {
      throw new Error(`expected a whole number from ${options.min} to ${options.max}`);
    }
    return value;
  },
});

export const choice = <const Values extends readonly string[]>(
  env: string,
  values: Values,
  options: Common & { initial: Values[number] },
): Setting<Values[number]> => ({
  ...base(env, options),
  type: values.map((value) => `\`${value}\``).join(' · '),
  shownDefault: options.initial,
  initial: options.initial,
  parse(given) {
    if (!values.includes(given)) throw new Error(`expected one of ${values.join(', ')}`);
    return given;
  },
});

export const string = (env: string, options: Common & { initial: string }): Setting<string> => ({
  ...base(env, options),
  type: 'text',
  shownDefault: options.initial,
  initial: options.initial,
  parse: (given) => given,
});

/** A text that may be absent. */
export const optional = (
  env: string,
  options: Common & { pattern?: RegExp; expected?: string },
): Setting<string | null> => ({
  ...base(env, options),
  type: 'text',
  shownDefault: '',
  initial: null,
  parse(given) {
    if (options.pattern && !options.pattern.test(given))
      throw new Error(`expected ${options.expected ?? String(options.pattern)}`);
    return given;
  },
});

/** An amount of money that may be absent: above 0, as a decimal. */
export const decimal = (env: string, options: Common): Setting<string | null> => ({
  ...base(env, options),
  type: 'decimal',
  shownDefault: '',
  initial: null,
  parse(given) {
    if (!/^\d{1,9}(\.\d{1,8})?$/.test(given) || Number(given) === 0) throw new Error('expected a decimal above 0');
    return given;
  },
});

/** Words separated by commas; spaces around them are dropped. */
export const list = (
  env: string,
  options: Common & { initial: readonly string[]; pattern?: RegExp },
): Setting<readonly string[]> => ({
  ...base(env, options),
  type: 'comma-separated list',
  shownDefault: options.initial.join(','),
  initial: options.initial,
  parse(given) {
    const words = given
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean);
    const wrong = options.pattern && words.find((word) => !options.pattern?.test(word));
    if (wrong !== undefined) throw new Error(`"${wrong}" is not of the form ${String(options.pattern)}`);
    return words;
  },
});

/** Folders with names, `name=/path`, separated by commas. */
export const folders = (env: string, options: Common): Setting<Readonly<Record<string, string>>> => ({
  ...base(env, options),
  type: 'comma-separated list of `name=/path`',
  shownDefault: '',
  initial: {},
  parse(given) {
    const pairs = given
      .split(',')
      .map((pair) => pair.trim())
      .filter(Boolean)
      .map((pair) => /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})=(\/.*)$/.exec(pair) ?? pair);
    const wrong = pairs.find((pair) => typeof pair === 'string');
    if (wrong !== undefined) throw new Error(`"${wrong}" is not of the form name=/absolute/path`);
    const named = (pairs as RegExpExecArray[]).map(([, name, path]) => [name!, path!] as const);
    const twice = named.find(([name], index) => named.findIndex(([other]) => other === name) !== index);
    if (twice) throw new Error(`the name ${twice[0]} is there twice`);
    return Object.fromEntries(named);
  },
});

/** A JSON file, read once at start; `read` makes a value of it or throws. */
export const jsonFile = <T>(
  env: string,
  options: Common & { initial: T; read: (value: unknown) => T },
): Setting<T> => ({
  ...base(env, options),
  type: 'path of a JSON file',
  shownDefault: '',
  initial: options.initial,
  parse(given) {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(given, 'utf8'));
    } catch (cause) {
      throw new Error(`${given} cannot be read as JSON (${(cause as Error).message})`, { cause });
    }
    return options.read(value);
  },
});
