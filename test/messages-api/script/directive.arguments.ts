import { DirectiveError } from './directive.error.js';
import type { Directive } from './directive.parser.js';

const OPTION = /^([a-z][a-z-]*)=(\S*)\s*/;

/** The options that lead a directive's body, and the text that follows them. */
export class DirectiveArguments {
  readonly text: string;
  private readonly options = new Map<string, string>();

  constructor(
    readonly directive: Directive,
    known: readonly string[],
  ) {
    let rest = directive.body;
    for (
      let match = OPTION.exec(rest);
      match?.[1] !== undefined && known.includes(match[1]);
      match = OPTION.exec(rest)
    ) {
      this.options.set(match[1], match[2] ?? '');
      rest = rest.slice(match[0].length);
    }
    this.text = rest;
  }

  /** A copy with another text, for directives that take a word before their options. */
  static afterWord(directive: Directive, known: readonly string[]): [string, DirectiveArguments] {
    const [word = ''] = /^\S*/.exec(directive.body) ?? [];
    return [word, new DirectiveArguments({ ...directive, body: directive.body.slice(word.length).trim() }, known)];
  }

  has(name: string): boolean {
    return this.options.has(name);
  }

  string(name: string): string | undefined {
    return this.options.get(name);
  }

  number(name: string, otherwise: number): number {
    const value = this.options.get(name);
    if (value === undefined) return otherwise;
    const number = Number(value);
    if (value === '' || !Number.isFinite(number) || number < 0) this.fail(`${name}=${value} is not a number`);
    return number;
  }

  flag(name: string): boolean {
    return this.options.has(name) && !['0', 'false', ''].includes(this.options.get(name) ?? '');
  }

  /** The text, which must be there. */
  needText(what: string): string {
    if (this.text === '') this.fail(`needs ${what}`);
    return this.text;
  }

  /** Catches a misspelt option, which would otherwise count as text. */
  needNoText(): void {
    if (this.text !== '') this.fail(`does not understand "${this.text}"`);
  }

  json(): unknown {
    try {
      return JSON.parse(this.needText('JSON'));
    } catch (error) {
      return this.fail(`needs JSON: ${(error as Error).message}`);
    }
  }

  /** The text cut at ` | `; the last field keeps further bars. */
  fields(names: readonly string[]): string[] {
    const parts = this.text.split(/ \| ?/);
    if (parts.length < names.length) this.fail(`needs ${names.join(' | ')}`);
    return [...parts.slice(0, names.length - 1), parts.slice(names.length - 1).join(' | ')];
  }

  fail(why: string): never {
    throw new DirectiveError(`directive [[${this.directive.name}]] ${why}`);
  }
}
