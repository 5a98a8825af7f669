import { textOf, type MessagesRequest } from './api.types.js';
import type { Conversation } from './conversation.reader.js';
import { reply, text } from './reply.blocks.js';
import type { Reply } from './step.types.js';

/** Requests that the CLI makes for itself. They quote the user's prompt, whose directives must not act in them. */
export function auxiliaryReply(
  body: MessagesRequest,
  conversation: Conversation,
): { kind: string; reply: Reply } | undefined {
  const system = textOf(body.system);
  if (/generate a (concise|short),? .*title/is.test(system)) {
    return { kind: 'title', reply: reply(text(JSON.stringify({ title: 'Scripted session' }))) };
  }
  if (/create a detailed summary of (the|this|our) conversation/i.test(lastText(body))) {
    return { kind: 'summary', reply: reply(text(`<summary>\n${summaryOf(conversation)}\n</summary>`)) };
  }
  return undefined;
}

const lastText = (body: MessagesRequest): string =>
  textOf(body.messages.findLast((message) => message.role === 'user')?.content);

const summaryOf = ({ prompts }: Conversation): string => `Scripted summary of ${prompts.length} prompts.`;
