import type { Conversation } from '../request/conversation.reader.js';
import { reply } from '../script/reply.blocks.js';
import type { Script } from '../script/step.types.js';
import { demoOf, NO_MODEL, typed } from './demo.typing.js';

const LISTED = 12;

/** Repeats what was said earlier in the session, which shows that the session remembers. */
export function recallDemo({ prompts }: Conversation): Script {
  const earlier = prompts.slice(0, -1);
  if (earlier.length === 0) {
    return demoOf(() =>
      reply(typed(`This is the first thing you said in this session. Ask again later!\n\n${NO_MODEL}`)),
    );
  }
  const skipped = Math.max(0, earlier.length - LISTED);
  const lines = earlier
    .slice(skipped)
    .map((prompt, index) => `${skipped + index + 1}. ${prompt.replace(/\s+/g, ' ').slice(0, 120)}`);
  return demoOf(() =>
    reply(
      typed(
        `In this session you said so far:\n\n${lines.join('\n')}\n\nAnd now you asked what I remember.\n\n${NO_MODEL}`,
      ),
    ),
  );
}
