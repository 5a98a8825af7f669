import { type ContentBlock } from './cli-message.types.js';

/** A message as the Messages API takes it. */
export interface ApiMessage {
  readonly role: 'user' | 'assistant';
  readonly content: readonly ContentBlock[];
}

/** A message of a conversation as its transcript has it. */
export interface PastMessage {
  readonly role: 'user' | 'assistant';
  readonly synthetic: boolean;
  readonly content: readonly Readonly<Record<string, unknown>>[];
}

/** Characters of one tool's input or output that are told. */
const TOOL_CHARACTERS = 4000;
/** What a person sends beside text, and the API takes as it is. */
const KEPT: ReadonlySet<string> = new Set(['image', 'document']);
const LEFT_OUT = '[Steward] The beginning of this conversation is left out, since it is too long.';

/**
 * A conversation for a model without tools: what was said, and in words what tools were given and gave. Thinking is left
 * out (its signatures belong to one model), as is what the CLI itself wrote. Of a long one the newest part.
 *
 * @param maxCharacters of all texts together, about
 */
export function historyOf(past: readonly PastMessage[], maxCharacters: number): ApiMessage[] {
  const kept: ApiMessage[] = [];
  let characters = 0;
  for (const { role, synthetic, content } of past.toReversed()) {
    if (synthetic) continue;
    const blocks = content.flatMap((block) => told(block as unknown as ContentBlock));
    if (blocks.length === 0) continue;
    characters += blocks.reduce((sum, { text = '' }) => sum + text.length, 0);
    if (characters > maxCharacters) {
      kept.push({ role: 'user', content: [textBlock(LEFT_OUT)] });
      break;
    }
    kept.push({ role, content: blocks });
  }
  return kept.toReversed().reduce<ApiMessage[]>(joined, []);
}

/** Two of one role are one: the API wants turns. The first is always the user's. */
function joined(messages: ApiMessage[], { role, content }: ApiMessage): ApiMessage[] {
  const last = messages.at(-1);
  if (!last && role === 'assistant')
    return [
      { role: 'user', content: [textBlock(LEFT_OUT)] },
      { role, content },
    ];
  if (last?.role !== role) return [...messages, { role, content }];
  return [...messages.slice(0, -1), { role, content: [...last.content, ...content] }];
}

function told(block: ContentBlock): ContentBlock[] {
  switch (block.type) {
    case 'text':
      return block.text ? [textBlock(block.text)] : [];
    case 'tool_use':
      return [textBlock(`[called ${block.name ?? 'a tool'} with ${shortened(JSON.stringify(block.input ?? {}))}]`)];
    case 'tool_result': {
      const output = typeof block.content === 'string' ? block.content : JSON.stringify(block.content ?? '');
      return [textBlock(`[the tool ${block.is_error ? 'failed' : 'answered'}: ${shortened(output)}]`)];
    }
    default:
      return KEPT.has(block.type) ? [block] : [];
  }
}

const textBlock = (text: string): ContentBlock => ({ type: 'text', text });

const shortened = (text: string): string =>
  text.length <= TOOL_CHARACTERS ? text : `${text.slice(0, TOOL_CHARACTERS)} …`;
