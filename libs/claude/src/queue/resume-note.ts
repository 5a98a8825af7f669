import { type ApprovalRecord } from '../approval/index.js';
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
  /** What people decided meanwhile about calls that have not run. */
  readonly decided?: readonly ApprovalRecord[];
}

const LOST: ReadonlySet<string> = new Set(['worker.lost', 'worker.stopped', 'session.lost', 'cli.wedged']);

/** What the model is told when its work goes on in another process. */
export function resumeNote({ reason, unknown, forgotten, decided = [] }: NoteFacts): string {
  const why =
    reason === 'approval.waiting'
      ? 'a person had to be asked, and has answered'
      : LOST.has(reason)
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
  if (decided.length > 0) {
    parts.push(
      'You asked for these, and they have not run; whatever the conversation says about them, this is what was decided:',
      ...decided.map((approval) => `- ${decidedOf(approval)}`),
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

/** By which the conversation tells later whether it has heard of a decision. */
export const nameOf = ({ toolUseId, id }: Pick<ApprovalRecord, 'toolUseId' | 'id'>): string => toolUseId ?? id;

function decidedOf(approval: ApprovalRecord): string {
  const { kind, tool, input, resolution } = approval;
  const decision = resolution?.decision;
  if (decision === 'answer')
    return `Your questions were answered: ${JSON.stringify(resolution?.answers)} (${nameOf(approval)})`;
  if (decision !== 'allow')
    return `${tool} ${JSON.stringify(input)} (${nameOf(approval)}) was refused: ${resolution?.message ?? 'no reason was given'}`;
  if (kind === 'plan')
    return `Your plan was accepted; you are not in plan mode any more. Carry it out. (${nameOf(approval)})`;
  return `${tool} was allowed. Call it now, once, with exactly this input: ${JSON.stringify(resolution?.input ?? input)}`;
}

const callOf = ({ name, input, toolUseId }: LoggedTool): string => `${name} ${JSON.stringify(input)} (${toolUseId})`;

const shortened = (text: string): string =>
  text.length <= OUTPUT_CHARACTERS ? text : `${text.slice(0, OUTPUT_CHARACTERS)} …`;
