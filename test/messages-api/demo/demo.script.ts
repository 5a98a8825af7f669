import { createHash } from 'node:crypto';
import type { Conversation } from '../request/conversation.reader.js';
import type { Script } from '../script/step.types.js';
import { has } from './demo.typing.js';
import { filesDemo } from './files.demo.js';
import { helloDemo } from './hello.demo.js';
import { planDemo } from './plan.demo.js';
import { programDemo } from './program.demo.js';
import { recallDemo } from './recall.demo.js';
import { storyDemo } from './story.demo.js';
import { STRUCTURED_OUTPUT, structuredDemo } from './structured.demo.js';

type Demo = (conversation: Conversation) => Script;

interface Row {
  words: RegExp;
  demo: Demo;
  tools: string[];
}

/** The first row whose words are in the prompt, and whose tools the CLI has, is played. */
const DEMOS: Row[] = [
  {
    words: /\b(remember|recall|earlier|before|previous(ly)?|did i say|i said|my name)\b/i,
    demo: recallDemo,
    tools: [],
  },
  { words: /\b(story|tale|poem|tell me)\b/i, demo: storyDemo, tools: [] },
  { words: /\b(list|ls|files?|folders?|director(y|ies)|workspace)\b/i, demo: filesDemo, tools: ['Bash'] },
  { words: /\b(program|code|script|python|write|run|draw|print)\b/i, demo: programDemo, tools: ['Write', 'Bash'] },
  { words: /\b(plan|how|think|design|steps?|should|why|fix|build)\b/i, demo: planDemo, tools: [] },
  { words: /^\W*(hi|hello|hey|help|test|who are you|what can you)\b/i, demo: helloDemo, tools: [] },
];

/** Prompts that no row knows. */
const OTHERS: Demo[] = [planDemo, storyDemo, helloDemo];

/** What the demo answers: always the same to the same prompt. */
export function demoScript(conversation: Conversation): Script {
  if (has(conversation, STRUCTURED_OUTPUT)) return structuredDemo(conversation);
  const { prompt } = conversation;
  const row = DEMOS.find(({ words, tools }) => words.test(prompt) && tools.every((name) => has(conversation, name)));
  const demo = row?.demo ?? OTHERS[createHash('sha256').update(prompt).digest()[0]! % OTHERS.length]!;
  return demo(conversation);
}
