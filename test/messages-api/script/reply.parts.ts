import type { Conversation } from '../request/conversation.reader.js';
import { DirectiveArguments } from './directive.arguments.js';
import { DirectiveError } from './directive.error.js';
import { parseDirectives, type Directive } from './directive.parser.js';
import { RECALL_DIRECTIVES } from './recall.directives.js';
import { reply, text } from './reply.blocks.js';
import type { Reply } from './step.types.js';
import { TEXT_DIRECTIVES } from './text.directives.js';
import { TOOL_DIRECTIVES } from './tool.directives.js';

/** What one directive adds to a reply. */
export interface ReplyPart {
  source: string;
  /** `lead` comes before something else, a `text` may be followed by a `tool`, `whole` is a reply of its own. */
  role: 'lead' | 'text' | 'tool' | 'whole';
  make: (conversation: Conversation) => Reply;
}

const LEADS = new Set(['think', 'pause']);
const WHOLES = new Set(['empty', 'stop']);

export const PART_NAMES: readonly string[] = [RECALL_DIRECTIVES, TOOL_DIRECTIVES, TEXT_DIRECTIVES]
  .flatMap(Object.keys)
  .concat('reply');

export function partOf(directive: Directive): ReplyPart {
  const { name, source } = directive;
  if (name === 'reply') return { source, role: 'whole', make: together(directive) };
  if (Object.hasOwn(RECALL_DIRECTIVES, name))
    return { source, role: 'text', make: RECALL_DIRECTIVES[name]!(directive) };
  if (Object.hasOwn(TOOL_DIRECTIVES, name)) {
    const made = reply(...TOOL_DIRECTIVES[name]!(directive));
    return { source, role: 'tool', make: () => made };
  }
  if (!Object.hasOwn(TEXT_DIRECTIVES, name)) throw new DirectiveError(`unknown directive [[${name}]]`);
  const made = TEXT_DIRECTIVES[name]!(directive);
  return { source, role: LEADS.has(name) ? 'lead' : WHOLES.has(name) ? 'whole' : 'text', make: () => made };
}

/** One reply out of several parts. Thinking and silence alone are no answer, so a sentence follows them. */
export function joinParts(parts: readonly ReplyPart[]): ReplyPart['make'] {
  const leadsOnly = parts.every(({ role }) => role === 'lead');
  return (conversation) => {
    const made = parts.map(({ make }) => make(conversation));
    const blocks = made.flatMap((each) => each.blocks);
    return Object.assign({}, ...made, { blocks: leadsOnly ? [...blocks, text('Thought it over.')] : blocks }) as Reply;
  };
}

/** `[[reply [[think]] [[say …]] [[bash …]]]]`: the blocks of one reply in any order. */
function together(directive: Directive): ReplyPart['make'] {
  const inner = parseDirectives(new DirectiveArguments(directive, []).needText('directives'));
  if (inner.length === 0) throw new DirectiveError('directive [[reply]] needs directives');
  return joinParts(inner.map(partOf));
}
