import { reply } from '../script/reply.blocks.js';
import type { Script } from '../script/step.types.js';
import { demoOf, typed } from './demo.typing.js';

const WELCOME = `Hello! You are talking to a **scripted demo**: the real Claude Code CLI runs, but a script answers it and not a model. Try:

- *tell me a story*
- *write a program* (it really writes and runs one)
- *list the files*
- *make a plan for …*
- *what did I say before?*

Double square brackets direct the script: \`[[bash date]] [[say That is the time.]]\` runs a command and says a sentence.`;

/** Says what this is and what to try. */
export const helloDemo = (): Script => demoOf(() => reply(typed(WELCOME)));
