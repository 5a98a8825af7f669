import { type AgentProcessOptions } from './agent-process.types.js';
import { type SupervisedChildOptions } from './supervised-child.js';

/** Who keeps the CLI, and what it is told: its options, and the CLI behind them. */
export function supervisorCommand(
  options: AgentProcessOptions,
): Pick<SupervisedChildOptions, 'supervisor' | 'keeper' | 'command'> {
  const { supervisor, keeper, mark, timings, supervision, cliPath } = options;
  const own = [
    '--mark',
    mark,
    '--owner-pid',
    String(process.pid),
    '--renew-deadline-ms',
    String(timings.renewDeadlineMs),
  ];
  return { supervisor, keeper, command: [...own, ...supervision, '--', cliPath, ...options.arguments] };
}
