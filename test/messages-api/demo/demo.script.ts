import type { Conversation } from '../conversation.reader.js';
import { reply, text } from '../reply.blocks.js';
import { plainStep } from '../script.compiler.js';
import type { Script } from '../step.types.js';

export function demoScript(conversation: Conversation): Script {
  const answer = `This is a scripted demo and not a model. You said: ${conversation.prompt.slice(0, 200)}`;
  return { steps: [], closing: plainStep(reply(text(answer, { chunk: 4, delayMs: 30 }))) };
}
