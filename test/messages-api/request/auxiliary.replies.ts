import { reply, text } from '../script/reply.blocks.js';
import type { Reply } from '../script/step.types.js';
import { textOf, type MessagesRequest } from '../wire/api.types.js';
import type { Conversation } from './conversation.reader.js';
import { recallLine } from './synthetic.text.js';

export interface AuxiliaryReply {
  kind: string;
  reply: Reply;
}

/**
 * Requests that the CLI makes for its own purposes, known by their instructions. They quote the user's prompt,
 * whose directives must not act in them.
 */
export function auxiliaryReply(body: MessagesRequest, conversation: Conversation): AuxiliaryReply | undefined {
  if (/^(CRITICAL: Respond with TEXT ONLY|Your task is to create a detailed summary)/.test(conversation.prompt)) {
    return { kind: 'summary', reply: say(summaryOf(conversation.prompts.slice(0, -1))) };
  }
  if ((body.tools ?? []).length > 0) return undefined;
  const system = textOf(body.system);
  if (/Generate a concise, .*title/.test(system)) return { kind: 'title', reply: say('{"title": "Scripted session"}') };
  if (system.includes('Write a short summary label')) return { kind: 'label', reply: say('Ran scripted tools') };
  if (system.includes('security monitor for autonomous')) return { kind: 'classifier', reply: allow(body) };
  return undefined;
}

const say = (value: string): Reply => reply(text(value));

const summaryOf = (prompts: string[]): string =>
  `<analysis>\nThis summary is scripted.\n</analysis>\n\n<summary>\nScripted summary.\n${recallLine(prompts)}\n</summary>`;

/** The permission mode `auto` asks whether to block a tool; its first question ends at the closing tag. */
function allow(body: MessagesRequest): Reply {
  const stops = Array.isArray(body['stop_sequences']) && body['stop_sequences'].includes('</block>');
  if (stops) return { ...say('<block>no'), stop: 'stop_sequence', stopSequence: '</block>' };
  return say('<thinking>A scripted tool.</thinking><block>no</block>');
}
