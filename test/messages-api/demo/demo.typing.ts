import type { Conversation } from '../request/conversation.reader.js';
import { text, thinking } from '../script/reply.blocks.js';
import { plainStep } from '../script/script.compiler.js';
import { codePointChunks } from '../script/text.source.js';
import type { Reply, ReplyBlock, Script, Step } from '../script/step.types.js';

/** About the speed at which a person reads along. */
const CHUNK = 3;
const DELAY_MS = 30;

export const typed = (value: string): ReplyBlock => text(value, { chunk: CHUNK, delayMs: DELAY_MS });

/** The same with something in its middle that is better seen at once, such as a picture, all in one block. */
export const typedAround = (before: string, whole: string, after: string): ReplyBlock => ({
  type: 'text',
  chunks: () => [...codePointChunks(before, CHUNK), whole, ...codePointChunks(after, CHUNK)],
  delayMs: DELAY_MS,
});

export const pondered = (value: string): ReplyBlock => thinking(value, { chunk: 5, delayMs: 24 });

type Said = (conversation: Conversation) => Reply;

/** A script out of what is said at each step; the last one closes it. */
export function demoOf(...said: [Said, ...Said[]]): Script {
  const steps = said.map((reply): Step => ({ ...plainStep({ blocks: [] }), source: 'demo', reply }));
  return { steps, closing: plainStep({ blocks: [typed('That was all of this demo.')] }) };
}

export const has = ({ body }: Conversation, name: string): boolean =>
  body.tools?.some((tool) => tool.name === name) === true;

/** Every demo says what it is. */
export const NO_MODEL = '_This is a scripted demo: no model is behind it._';
