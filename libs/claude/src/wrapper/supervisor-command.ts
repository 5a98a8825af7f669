import { type AgentProcessOptions } from './agent-process.types.js';

/** The supervisor with its options, and the CLI behind them. */
export function supervisorCommand(options: AgentProcessOptions): string[] {
  const { supervisor, mark, timings, supervision, cliPath } = options;
  const own = [
    '--mark',
    mark,
    '--owner-pid',
    String(process.pid),
    '--renew-deadline-ms',
    String(timings.renewDeadlineMs),
  ];
  return [...supervisor, ...own, ...supervision, '--', cliPath, ...options.arguments];
}
