import { DirectiveError } from './directive.error.js';

/** `[[name body]]` as it stands in a prompt. */
export interface Directive {
  name: string;
  /** All between the name and the closing brackets. */
  body: string;
  source: string;
}

const OPENING = /\[\[([A-Za-z][\w-]*)(?=[\s:=]|\]\])/y;
/** Directives whose body may be JSON: options, an optional tool name, then the value. */
const JSON_BODY = /\s*(?:[a-z]+=\S+\s+)*(?:[A-Za-z_][\w-]*\s+)?(?=[[{])/y;
const JSON_DIRECTIVES = new Set(['tool', 'tools', 'structured', 'ask']);

/** The directives of a text in order; whatever stands around them is left out. */
export function parseDirectives(text: string): Directive[] {
  const found: Directive[] = [];
  for (let at = text.indexOf('[['); at !== -1; at = text.indexOf('[[', at)) {
    const name = nameAt(text, at);
    if (name === undefined) {
      at += 2;
      continue;
    }
    const end = endOf(text, at, name);
    found.push({ name, body: text.slice(at + 2 + name.length, end - 2).trim(), source: text.slice(at, end) });
    at = end;
  }
  return found;
}

function nameAt(text: string, at: number): string | undefined {
  OPENING.lastIndex = at;
  return OPENING.exec(text)?.[1];
}

/** The position behind the brackets that close the directive which opens at `at`. */
function endOf(text: string, at: number, name: string): number {
  let pos = at + 2 + name.length;
  if (JSON_DIRECTIVES.has(name)) pos = endOfJson(text, pos);
  let depth = 1;
  while (pos < text.length) {
    const inner = pos > at && text.startsWith('[[', pos) ? nameAt(text, pos) : undefined;
    if (inner !== undefined) {
      pos = endOf(text, pos, inner);
    } else if (text.startsWith('[[', pos)) {
      depth += 1;
      pos += 2;
    } else if (text.startsWith(']]', pos) && runOf(text, pos) % 2 === 0) {
      depth -= 1;
      pos += 2;
      if (depth === 0) return pos;
    } else {
      pos += 1;
    }
  }
  throw new DirectiveError(`directive [[${name} is not closed by ]]`);
}

/** How many closing brackets stand in a row; of an odd number the first belongs to the body, as in `[[bash echo a[0]]]`. */
function runOf(text: string, pos: number): number {
  let end = pos;
  while (text[end] === ']') end += 1;
  return end - pos;
}

/** JSON may hold any brackets, so its end is found by its own rules. Without JSON the position stays. */
function endOfJson(text: string, pos: number): number {
  JSON_BODY.lastIndex = pos;
  const lead = JSON_BODY.exec(text);
  if (lead === null) return pos;
  let at = pos + lead[0].length;
  let depth = 0;
  let quoted = false;
  for (; at < text.length; at++) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') depth += 1;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
  return pos;
}
