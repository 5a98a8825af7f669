import { NO_USAGE, type ResultMessage, type RunTranslator } from '../command/index.js';
import {
  ClaudeError,
  classifyFailedResult,
  type ErrorCode,
  type ErrorDetails,
  type ErrorView,
  errorRow,
  type WireTrouble,
} from '../error/index.js';
import {
  type Metering,
  type RecordPatch,
  type RunResult,
  type TerminalEventType,
  type Usage,
  type UsageByModel,
} from '../stream/index.js';
import { type RunResources } from '../wrapper/index.js';
import { type Degraded } from './run.types.js';

/** How a run ended, ready for its log and its record. */
export interface RunOutcome {
  readonly type: TerminalEventType;
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly error: ErrorView | null;
  readonly result: RunResult | null;
  readonly figures: RunFigures;
  readonly resources: RunResources | null;
  /** Where the CLI itself went on with the other model. */
  readonly degraded?: Degraded | null;
}

/** What it used. */
export interface RunFigures {
  readonly usage: Usage;
  readonly usageByModel: UsageByModel;
  readonly costUsd: string;
  readonly metering: Metering | null;
}

/** Of a run whose CLI told nothing. */
export const NO_FIGURES: RunFigures = { usage: NO_USAGE, usageByModel: {}, costUsd: '0', metering: null };
const figuresOf = ({ usage }: RunTranslator): RunFigures => ({
  usage: usage.usage,
  usageByModel: usage.byModel,
  costUsd: usage.costUsd,
  metering: null,
});

const CANCELLATIONS: ReadonlySet<ErrorCode> = new Set(['run.cancelled', 'run.interrupted', 'approval.stopped']);

/** The outcome of a result that the CLI gave; `is_error` and the reasons decide, never `subtype` alone (PROTOCOL.md §2.6). */
export function outcomeOfResult(
  result: ResultMessage,
  translator: RunTranslator,
  asked: { structured: boolean; model: string | null; wire: WireTrouble | null; shut: ClaudeError | null },
): RunOutcome {
  const figures = figuresOf(translator);
  const structured = result.structured_output ?? null;
  const view: RunResult = {
    text: text(result.result) ?? '',
    structured,
    stopReason: text(result.stop_reason) ?? null,
    numTurns: Number.isSafeInteger(result.num_turns) ? result.num_turns! : 0,
  };
  if (!result.is_error && asked.structured && structured === null) {
    return failed(new ClaudeError('output.invalid', { reason: 'the model gave no structured output' }), view, figures);
  }
  if (!result.is_error)
    return { type: 'run.completed', state: 'completed', error: null, result: view, figures, resources: null };
  // It was never asked: the CLI knows a refusal of ours only.
  if (asked.shut) return failed(asked.shut, view, figures);
  const { code, details } = classifyFailedResult({
    subtype: result.subtype,
    terminalReason: result.terminal_reason,
    stopReason: result.stop_reason ?? undefined,
    apiErrorStatus: result.api_error_status,
    assistantError: translator.assistantError,
    lastRetryStatus: translator.lastRetryStatus,
    wire: asked.wire,
    text: text(result.result) ?? text(result.errors?.[0]),
  });
  return failed(new ClaudeError(code, withModel(code, details, asked.model)), view, figures);
}

/** The CLI's own fields, which nothing but its word vouches for. */
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The outcome of a run that was ended, or whose process died. */
export function outcomeOfError(error: ClaudeError, translator: RunTranslator | null): RunOutcome {
  return failed(error, partialOf(error, translator), translator ? figuresOf(translator) : NO_FIGURES);
}

const WITH_PARTIAL: ReadonlySet<ErrorCode> = new Set(['budget.exceeded', 'run.interrupted', 'approval.stopped']);

/** What a run had said when its budget was used up, or somebody had heard enough: it was paid for. */
function partialOf(error: ClaudeError, translator: RunTranslator | null): RunResult | null {
  if (!WITH_PARTIAL.has(error.code) || !translator) return null;
  return { text: translator.partialText, structured: null, stopReason: null, numTurns: translator.turns };
}

const withModel = (code: ErrorCode, details: ErrorDetails, model: string | null): ErrorDetails =>
  code === 'model.not_found' && model !== null ? { ...details, model } : details;

function failed(error: ClaudeError, result: RunResult | null, figures: RunFigures): RunOutcome {
  const cancelled = CANCELLATIONS.has(error.code);
  return {
    type: cancelled ? 'run.cancelled' : 'run.failed',
    state: cancelled ? 'cancelled' : 'failed',
    error: error.toView(),
    result,
    figures,
    resources: null,
  };
}

/** The same as fields of the run's record. */
export function patchOf(outcome: RunOutcome): RecordPatch {
  return {
    state: outcome.state,
    endedAt: new Date().toISOString(),
    waitingFor: null,
    waitingUntil: null,
    result: outcome.result ? JSON.stringify(outcome.result) : null,
    usage: JSON.stringify(outcome.figures.usage),
    usageByModel: JSON.stringify(outcome.figures.usageByModel),
    costUsd: outcome.figures.costUsd,
    metering: outcome.figures.metering ? JSON.stringify(outcome.figures.metering) : null,
    resources: outcome.resources ? JSON.stringify(outcome.resources) : null,
    error: outcome.error ? JSON.stringify(outcome.error) : null,
    ...(outcome.degraded ? { degraded: JSON.stringify(outcome.degraded) } : {}),
  };
}

/** Of one whose requests the gateway alone has counted. */
export const withoutFigures = (outcome: RunOutcome): RunOutcome => ({ ...outcome, figures: NO_FIGURES });

/** Whose turn it is to mend the failure; for the log's level. */
export const isOurs = (error: ErrorView | null): boolean => error !== null && errorRow(error.code).fixedBy === 'us';
