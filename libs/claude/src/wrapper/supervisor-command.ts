import { type AgentProcessOptions } from './agent-process.types.js';
import { type SupervisedChildOptions } from './supervised-child.js';

/** For this process to read the last report: on a busy machine that takes a while. */
const LINGER_MS = 1000;

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
    '--linger-ms',
    String(LINGER_MS),
  ];
  return { supervisor, keeper, command: [...own, ...supervision, '--', cliPath, ...options.arguments] };
}
