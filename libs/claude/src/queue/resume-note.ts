import { type LoggedTool } from '../stream/index.js';

/** Characters of one output that the model is shown again. */
const OUTPUT_CHARACTERS = 4000;

export interface NoteFacts {
  /** Why the work stopped: a code of the error table. */
  readonly reason: string;
  /** Calls that may have acted. */
  readonly unknown: readonly LoggedTool[];
  /** Calls whose outcome the conversation has lost. */
  readonly forgotten: readonly LoggedTool[];
}

const LOST: ReadonlySet<string> = new Set(['worker.lost', 'worker.stopped', 'session.lost']);

/** What the model is told when its work goes on in another process. */
export function resumeNote({ reason, unknown, forgotten }: NoteFacts): string {
  const why = LOST.has(reason)
    ? 'the program that runs you was restarted'
    : `it failed in a way that passes (${reason})`;
  const parts = [
    `[Steward] The work on this request was interrupted: ${why}. Go on from where you were; do not begin anew, and do not repeat what you have said already.`,
  ];
  if (unknown.length > 0) {
    parts.push(
      'The outcome of these tool calls is unknown. Each may have acted in full, in part or not at all: find out before you repeat one.',
      ...unknown.map((tool) => `- ${callOf(tool)}`),
    );
  }
  if (forgotten.length > 0) {
    parts.push(
      'These tool calls have ended; do not repeat them:',
      ...forgotten.map(
        (tool) =>
          `- ${callOf(tool)}: ${tool.outcome?.isError ? 'failed' : 'done'}\n${shortened(tool.outcome?.output ?? '')}`,
      ),
    );
  }
  return parts.join('\n');
}

const callOf = ({ name, input, toolUseId }: LoggedTool): string => `${name} ${JSON.stringify(input)} (${toolUseId})`;

const shortened = (text: string): string =>
  text.length <= OUTPUT_CHARACTERS ? text : `${text.slice(0, OUTPUT_CHARACTERS)} …`;
