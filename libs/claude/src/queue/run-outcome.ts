import { type ResultMessage, type RunTranslator } from '../command/index.js';
import {
  ClaudeError,
  classifyFailedResult,
  type ErrorCode,
  type ErrorDetails,
  type ErrorView,
  errorRow,
} from '../error/index.js';
import { type RecordPatch, type RunResult, type TerminalEventType, type Usage } from '../stream/index.js';
import { type RunResources } from '../wrapper/index.js';
import { NO_USAGE } from './run.types.js';

/** How a run ended, ready for its log and its record. */
export interface RunOutcome {
  readonly type: TerminalEventType;
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly error: ErrorView | null;
  readonly result: RunResult | null;
  readonly usage: Usage;
  readonly costUsd: string;
  readonly resources: RunResources | null;
}

const CANCELLATIONS: ReadonlySet<ErrorCode> = new Set(['run.cancelled', 'run.interrupted']);

/** The outcome of a result that the CLI gave; `is_error` and the reasons decide, never `subtype` alone (PROTOCOL.md §2.6). */
export function outcomeOfResult(
  result: ResultMessage,
  translator: RunTranslator,
  asked: { structured: boolean; model: string | null },
): RunOutcome {
  const { usage, costUsd } = translator.usage;
  const structured = result.structured_output ?? null;
  const view: RunResult = {
    text: result.result ?? '',
    structured,
    stopReason: result.stop_reason ?? null,
    numTurns: result.num_turns ?? 0,
  };
  if (!result.is_error && asked.structured && structured === null) {
    return failed(
      new ClaudeError('output.invalid', { reason: 'the model gave no structured output' }),
      view,
      usage,
      costUsd,
    );
  }
  if (!result.is_error)
    return { type: 'run.completed', state: 'completed', error: null, result: view, usage, costUsd, resources: null };
  const { code, details } = classifyFailedResult({
    subtype: result.subtype,
    terminalReason: result.terminal_reason,
    stopReason: result.stop_reason ?? undefined,
    apiErrorStatus: result.api_error_status,
    assistantError: translator.assistantError,
    lastRetryStatus: translator.lastRetryStatus,
    text: result.result ?? result.errors?.[0],
  });
  return failed(new ClaudeError(code, withModel(code, details, asked.model)), view, usage, costUsd);
}

/** The outcome of a run that was ended, or whose process died. */
export function outcomeOfError(error: ClaudeError, translator: RunTranslator | null): RunOutcome {
  const usage = translator?.usage;
  return failed(error, null, usage?.usage, usage?.costUsd);
}

const withModel = (code: ErrorCode, details: ErrorDetails, model: string | null): ErrorDetails =>
  code === 'model.not_found' && model !== null ? { ...details, model } : details;

function failed(error: ClaudeError, result: RunResult | null, usage: Usage = NO_USAGE, costUsd = '0'): RunOutcome {
  const cancelled = CANCELLATIONS.has(error.code);
  return {
    type: cancelled ? 'run.cancelled' : 'run.failed',
    state: cancelled ? 'cancelled' : 'failed',
    error: error.toView(),
    result,
    usage,
    costUsd,
    resources: null,
  };
}

/** The same as fields of the run's record. */
export function patchOf(outcome: RunOutcome): RecordPatch {
  return {
    state: outcome.state,
    endedAt: new Date().toISOString(),
    waitingFor: null,
    result: outcome.result ? JSON.stringify(outcome.result) : null,
    usage: JSON.stringify(outcome.usage),
    costUsd: outcome.costUsd,
    resources: outcome.resources ? JSON.stringify(outcome.resources) : null,
    error: outcome.error ? JSON.stringify(outcome.error) : null,
  };
}

/** Whose turn it is to mend the failure; for the log's level. */
export const isOurs = (error: ErrorView | null): boolean => error !== null && errorRow(error.code).fixedBy === 'us';
