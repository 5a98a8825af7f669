import { commandLine, type ContentBlock, initializeAnswer, userLine } from '../command/index.js';
import { type AgentProcess } from '../wrapper/index.js';
import { unknownCommand } from './run-policy.js';
import { type RunRecord } from './run.types.js';

/**
 * Its uuid is the run's id, by which a later attempt finds it in the conversation.
 *
 * @throws ClaudeError `request.invalid` for a command that this process does not have
 */
export function lineOf(
  { id, request: { prompt, command } }: RunRecord,
  agent: AgentProcess,
  blocks: readonly ContentBlock[],
): string {
  if (!command) return userLine(prompt ?? '', id, blocks);
  const known = initializeAnswer(agent.initialized).commands;
  if (known.some(({ name }) => name === command.name)) return commandLine(command, id);
  throw unknownCommand(command.name);
}
