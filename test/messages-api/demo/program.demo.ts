import type { Conversation } from '../request/conversation.reader.js';
import { reply, tool } from '../script/reply.blocks.js';
import type { Reply, Script } from '../script/step.types.js';
import { demoOf, NO_MODEL, pondered, typed, typedAround } from './demo.typing.js';

const FILE = 'triangle.py';
const PROGRAM = `"""Prints a Sierpinski triangle: row n shows which binomial coefficients are odd."""

ROWS = 16

for row in range(ROWS):
    cells = ("\\u25b2" if row & column == column else " " for column in range(row + 1))
    print(" " * (ROWS - row) + " ".join(cells))
`;

/** Writes a small program, runs it and shows what it printed. */
export function programDemo(): Script {
  return demoOf(write, run, report);
}

const write = (): Reply =>
  reply(
    pondered('Something short that is nice to look at when it runs: a Sierpinski triangle needs a dozen lines. '),
    typed(`I will write \`${FILE}\` and run it. `),
    tool('Write', { file_path: FILE, content: PROGRAM }),
  );

function run({ lastResult }: Conversation): Reply {
  if (lastResult?.isError === true) return refused(lastResult.text);
  return reply(
    typed('The file is there. Now let it run. '),
    tool('Bash', { command: `python3 ${FILE}`, description: 'Run the program' }),
  );
}

function report({ lastResult }: Conversation): Reply {
  if (lastResult?.isError === true) return refused(lastResult.text);
  const picture = `\n\`\`\`\n${(lastResult?.text ?? '').trimEnd()}\n\`\`\`\n\n`;
  const explained = `Each row shows which numbers in that row of Pascal's triangle are odd. \`${FILE}\` is in your workspace.`;
  return reply(typedAround('It printed:\n', picture, `${explained}\n\n${NO_MODEL}`));
}

const refused = (why: string): Reply =>
  reply(
    typed(
      `The tool was not allowed or failed, so I stop here. It said:\n\n> ${why.split('\n')[0]!.slice(0, 300)}\n\n${NO_MODEL}`,
    ),
  );
