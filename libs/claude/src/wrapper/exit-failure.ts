import { type ResultMessage } from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { type AgentState } from './agent-state.js';
import { LIMIT_CODES } from './limit-arguments.js';
import { type ExitReport, type LimitNotice } from './supervisor-channel.js';

/** Reasons that say nothing by themselves: how the program ended does. */
const BY_ITSELF = new Set(['exit', 'signal', 'stop']);

const shown = ({ code, signal, reason }: ExitReport): string =>
  BY_ITSELF.has(reason) ? (signal ?? `exit code ${code ?? 'unknown'}`) : reason;

/** Why a process ended that passed a limit. */
export function failureOfLimit(notice: LimitNotice): ClaudeError {
  return new ClaudeError(LIMIT_CODES[`limit:${notice.name}`] ?? 'cli.crashed', {
    limit: notice.limit,
    value: notice.value,
  });
}

/** Why a process ended while somebody waited for it. */
export function failureOfExit(
  report: ExitReport,
  state: AgentState,
  spawnErrno: string | null,
  cutOff: ClaudeError | null,
): ClaudeError {
  if (spawnErrno !== null) return new ClaudeError('cli.spawn_failed', { errno: spawnErrno });
  // Whoever dies may leave half a line; that of one that left by itself is what it had to say.
  if (cutOff && report.code === 0) return cutOff;
  return new ClaudeError(state === 'starting' ? 'cli.failed_to_start' : 'cli.crashed', {
    exit: shown(report),
    reason: report.reason,
  });
}

/** The CLI gave a result before it was asked anything: it could not open the conversation. */
export function failureOfStart(result: ResultMessage, report: ExitReport | undefined): ClaudeError {
  const reason = result.errors?.[0] ?? result.result ?? result.subtype;
  return new ClaudeError('cli.failed_to_start', { exit: report ? shown(report) : 'a result at once', reason });
}
