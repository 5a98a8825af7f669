import type { DirectiveArguments } from './directive.arguments.js';

const ESCAPE = /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|([nrteb0\\]))/g;
const SIMPLE: Record<string, string> = { n: '\n', r: '\r', t: '\t', e: '\u001b', b: '\b', '0': '\0', '\\': '\\' };

/** Reads `\n`, `\t`, `\e`, `\u0085`, `\u{1f600}` and the like; `base64:…` stands for exact bytes of UTF-8. */
export function unescapeText(text: string, args: DirectiveArguments): string {
  if (text.startsWith('base64:')) {
    const bytes = Buffer.from(text.slice('base64:'.length), 'base64');
    const decoded = bytes.toString('utf8');
    if (!Buffer.from(decoded).equals(bytes)) args.fail('holds base64 that is not UTF-8, which JSON cannot carry');
    return decoded;
  }
  return text.replace(ESCAPE, (_, long: string | undefined, short: string | undefined, simple: string) => {
    if (long !== undefined) return String.fromCodePoint(parseInt(long, 16));
    if (short !== undefined) return String.fromCharCode(parseInt(short, 16));
    return SIMPLE[simple] ?? simple;
  });
}
