import type { Conversation } from '../request/conversation.reader.js';
import { reply } from '../script/reply.blocks.js';
import type { Script } from '../script/step.types.js';
import { demoOf, NO_MODEL, pondered, typed } from './demo.typing.js';

const SUBJECT_CHARS = 90;

/** Thinks first, then lays out a plan. */
export function planDemo({ prompt }: Conversation): Script {
  const subject = prompt.replace(/\s+/g, ' ').slice(0, SUBJECT_CHARS);
  const thoughts = `The request is "${subject}". Before anything is changed I should know what is there, what "done" would look like, and what could go wrong on the way. A small first step that can be checked beats a large one that cannot. `;
  const plan = `You asked: *${subject}*. This is how one could go about it:

1. **Look** at what exists, and write down what must not break.
2. **Make one thin path** work from end to end, with a test that fails first.
3. **Widen it** case by case; every case brings its own test.
4. **Try to break it**: no network, a full disk, two at once, a restart in the middle.
5. **Clean up**, then explain it in a page that a newcomer understands.

Steps 1 and 2 are an afternoon; the rest depends on what step 4 finds.

${NO_MODEL}`;
  return demoOf(() => reply(pondered(thoughts), typed(plan)));
}
