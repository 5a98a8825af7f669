import type { Conversation } from '../request/conversation.reader.js';
import { reply, text } from '../script/reply.blocks.js';
import { plainStep } from '../script/script.compiler.js';
import type { Script } from '../script/step.types.js';

export function demoScript(conversation: Conversation): Script {
  const answer = `This is a scripted demo and not a model. You said: ${conversation.prompt.slice(0, 200)}`;
  return { steps: [], closing: plainStep(reply(text(answer, { chunk: 4, delayMs: 30 }))) };
}
