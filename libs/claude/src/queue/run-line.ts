import { commandLine, type ContentBlock, initializeAnswer, userLines } from '../command/index.js';
import { type ForeignAnswer } from '../session/index.js';
import { type AgentProcess } from '../wrapper/index.js';
import { foreignNote } from './foreign-note.js';
import { unknownCommand } from './run-policy.js';
import { type RunRecord } from './run.types.js';

/**
 * What was answered in the session without the CLI comes before the prompt. Its uuid is the run's id, by which a later attempt finds it in the conversation.
 *
 * @throws ClaudeError `request.invalid` for a command that this process does not have
 */
export function lineOf(
  { id, request: { prompt, command } }: RunRecord,
  agent: AgentProcess,
  blocks: readonly ContentBlock[],
  foreign: readonly ForeignAnswer[],
): string {
  const notes = foreign.length === 0 ? [] : [foreignNote(foreign)];
  if (!command) return userLines([...notes, prompt ?? ''], id, blocks);
  const known = initializeAnswer(agent.initialized).commands;
  if (known.some(({ name }) => name === command.name)) return commandLine(command, id);
  throw unknownCommand(command.name);
}
