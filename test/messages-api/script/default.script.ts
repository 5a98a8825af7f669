import type { Conversation } from '../request/conversation.reader.js';
import { demoScript } from '../demo/demo.script.js';
import { DirectiveError } from './directive.error.js';
import { reply, text } from './reply.blocks.js';
import { compileScript, plainStep } from './script.compiler.js';
import type { Script } from './step.types.js';

/** A text with directives, the demo, or anything that makes a script for a conversation. */
export type DefaultScript = string | ((conversation: Conversation) => Script);

/** The script for a prompt that brings none of its own. */
export function scriptOf(fallback: DefaultScript | undefined, conversation: Conversation): Script {
  if (typeof fallback === 'function') return fallback(conversation);
  if (fallback === 'demo') return demoScript(conversation);
  if (fallback === undefined) return { steps: [], closing: plainStep(reply(text(plainAnswer(conversation.prompt)))) };
  const script = compileScript(fallback);
  if (script === undefined) throw new DirectiveError(`the default script "${fallback}" holds no directive`);
  return script;
}

const plainAnswer = (prompt: string): string => `This is a scripted reply to: ${prompt.slice(0, 200)}`;
