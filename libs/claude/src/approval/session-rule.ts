import { type ToolQuestion } from '../command/index.js';

/** Longer commands are asked about each time. */
const MAX_CHARACTERS = 2000;

/**
 * What "for this session" means of a call: the tool, but of Bash this one command, since nobody who allows one means all.
 * Null where it cannot be remembered.
 */
export function sessionRule({ toolName, input }: Pick<ToolQuestion, 'toolName' | 'input'>): string | null {
  if (toolName !== 'Bash') return toolName;
  const { command } = input;
  return typeof command === 'string' && command.length <= MAX_CHARACTERS ? `Bash(${command})` : null;
}
