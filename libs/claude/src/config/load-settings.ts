import { readFileSync } from 'node:fs';
import { type SettingTable, type SettingValues } from './setting.types.js';

/** What is wrong with one setting. */
export interface SettingProblem {
  /** Name of the environment variable. */
  readonly field: string;
  readonly reason: string;
}

/** The configuration is not usable; names every problem at once. Its own class, since this room knows no other. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly SettingProblem[]) {
    super(problems.map(({ field, reason }) => `${field}: ${reason}`).join('; '));
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's own environment; the one place that reads it. */
export const processEnvironment = (): Environment => process.env;

const PREFIX = 'STEWARD_';

/**
 * Parses every setting of the tables once, and names all that is wrong at once.
 * An empty value counts as absent. An unknown `STEWARD_*` name is an error: a typo must not be a silent default.
 *
 * @throws SettingsError with one problem per wrong setting
 */
export function loadSettings<Table extends SettingTable>(table: Table, env: Environment): SettingValues<Table> {
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) {
    try {
      const given = read(setting.env, setting.secret, env);
      values[key] = given === undefined ? setting.initial : setting.parse(given);
    } catch (cause) {
      problems.push({ field: setting.env, reason: (cause as Error).message });
    }
  }
  problems.push(...unknownNames(table, env));
  if (problems.length > 0) throw new SettingsError(problems);
  return values as SettingValues<Table>;
}

function read(name: string, secret: boolean, env: Environment): string | undefined {
  const direct = env[name]?.trim() || undefined;
  const file = secret ? env[`${name}_FILE`]?.trim() || undefined : undefined;
  if (file === undefined) return direct;
  if (direct !== undefined) throw new Error(`set ${name} or ${name}_FILE, not both`);
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch (cause) {
    throw new Error(`the file of ${name}_FILE cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

function unknownNames(table: SettingTable, env: Environment): SettingProblem[] {
  const known = new Set(
    Object.values(table).flatMap(({ env: name, secret }) => (secret ? [name, `${name}_FILE`] : [name])),
  );
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name))
    .map((field) => ({ field, reason: 'there is no such setting; docs/configuration.md lists them' }));
}
