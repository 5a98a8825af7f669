/** One setting: where it comes from, what it means, and how its text becomes a value. */
export interface Setting<T> {
  /** Name of the environment variable. */
  readonly env: string;
  readonly group: string;
  /** Meaning, unit and bounds, in a sentence or two. */
  readonly about: string;
  /** How the type is shown in the reference: `integer 1 … 64`. */
  readonly type: string;
  /** Text of the default as the reference shows it. */
  readonly shownDefault: string;
  /** A secret is never logged, and may be given as `<env>_FILE`. */
  readonly secret: boolean;
  readonly initial: T;
  /** Throws an Error whose message says what is expected. */
  parse(text: string): T;
}

export type SettingTable = Readonly<Record<string, Setting<unknown>>>;
export type SettingValues<Table extends SettingTable> = {
  readonly [Key in keyof Table]: Table[Key] extends Setting<infer T> ? T : never;
};
