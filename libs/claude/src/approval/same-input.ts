import { isDeepStrictEqual } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

/** What models add to a call without a meaning for what it does. */
const REMARKS: ReadonlySet<string> = new Set(['description']);

/** Whether two inputs are the same call: exactly, but for a remark of Bash about itself, which no model repeats by the letter. */
export function isSameInput(tool: string, one: Fields, other: Fields): boolean {
  return isDeepStrictEqual(meant(tool, one), meant(tool, other));
}

const meant = (tool: string, input: Fields): Fields =>
  tool === 'Bash' ? Object.fromEntries(Object.entries(input).filter(([key]) => !REMARKS.has(key))) : input;
