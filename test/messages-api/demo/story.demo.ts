import type { Conversation } from '../request/conversation.reader.js';
import { reply } from '../script/reply.blocks.js';
import type { Script } from '../script/step.types.js';
import { demoOf, NO_MODEL, typed } from './demo.typing.js';

const STORIES = [
  `**The lamp that counted ships**

On the last rock before the open sea stood a lamp that could count. Every ship that passed got a number, and the lamp
said it aloud, softly, so that only the gulls heard.

One autumn the fog came and stayed. No ship passed, and the lamp had nothing to say. On the ninth night it did what no
lamp had done before: it counted the waves instead. By morning it had reached forty thousand, and a fishing boat that had
lost its way heard the number drift across the water, turned towards it, and came home.

Since then the keeper writes two columns in the book: ships, and waves.`,
  `**The clock that took a day off**

The clock in the town hall had never been late. One morning in May it decided to be. It let the second hand rest, then
the minute hand, and listened.

Without it the town went on: bread came out of the oven when it smelled right, the school began when everyone had
arrived, and two old friends talked until they were done.

In the evening the clock started again, exactly where it had stopped. Nobody noticed. But on some days, they say, an
afternoon in that town is a little longer than it should be.`,
];

/** A little story, told at reading speed. */
export function storyDemo({ prompt }: Conversation): Script {
  const story = STORIES[prompt.length % STORIES.length]!.replace(/(?<!\n)\n(?!\n)/g, ' ');
  return demoOf(() => reply(typed(`${story}\n\n${NO_MODEL}`)));
}
