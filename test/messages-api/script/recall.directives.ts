import { createHash } from 'node:crypto';
import type { MessagesRequest } from '../wire/api.types.js';
import { textOf } from '../wire/api.types.js';
import type { Conversation } from '../request/conversation.reader.js';
import { DirectiveArguments } from './directive.arguments.js';
import type { Directive } from './directive.parser.js';
import { text } from './reply.blocks.js';
import type { Reply } from './step.types.js';

type ConversationReply = (conversation: Conversation) => Reply;

const answer = (value: string): Reply => ({ blocks: [text(value, { chunk: 200 })] });

const digest = (value: string): string => createHash('sha256').update(value).digest('hex').slice(0, 16);

/** All prompts that the request carried, so that a test or a person sees what the model would remember. */
function recall(directive: Directive): ConversationReply {
  const args = new DirectiveArguments(directive, ['max']);
  args.needNoText();
  const max = args.number('max', 2_000);
  return ({ prompts }) => answer(JSON.stringify(prompts.map((prompt) => prompt.slice(0, max))));
}

/** The text of the newest tool result: what a command printed, which option was chosen, why a tool was refused. */
function result(directive: Directive): ConversationReply {
  const args = new DirectiveArguments(directive, ['max']);
  args.needNoText();
  const max = args.number('max', 10_000);
  return ({ lastResult }) =>
    answer(lastResult === undefined ? 'There was no tool result.' : lastResult.text.slice(0, max));
}

/** What the request said beside the conversation. */
function echoSystem(directive: Directive): ConversationReply {
  const args = new DirectiveArguments(directive, ['max']);
  args.needNoText();
  const max = args.number('max', 500);
  return ({ body }) => answer(JSON.stringify(describe(body, max)));
}

function describe(body: MessagesRequest, max: number): Record<string, unknown> {
  const system = textOf(body.system);
  return {
    model: body.model,
    maxTokens: body.max_tokens ?? null,
    thinking: body['thinking'] ?? null,
    outputConfig: body['output_config'] ?? null,
    messages: body.messages.length,
    system: { chars: system.length, sha256: digest(system), head: system.slice(0, max), tail: system.slice(-max) },
    tools: body.tools?.map((tool) => tool.name) ?? [],
    toolsSha256: digest(JSON.stringify(body.tools ?? [])),
  };
}

/** Directives whose answer depends on the request. */
export const RECALL_DIRECTIVES: Record<string, (directive: Directive) => ConversationReply> = {
  recall,
  result,
  'echo-system': echoSystem,
};
