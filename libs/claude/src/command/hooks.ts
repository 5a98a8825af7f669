/** A tool call as a hook sees it. */
export interface HookedCall {
  readonly toolName: string;
  readonly toolUseId: string | null;
  readonly input: Readonly<Record<string, unknown>>;
  /** The subagent that makes the call; null in the main conversation. */
  readonly agentId: string | null;
}

export interface HookedOutcome extends HookedCall {
  readonly response: unknown;
}

/** `pass`: the permission rules go on deciding. `input` replaces the call's own. */
export type BeforeTool =
  | { readonly decision: 'pass' | 'allow'; readonly input?: Readonly<Record<string, unknown>> }
  | { readonly decision: 'deny'; readonly reason: string };

/**
 * Callbacks around every tool call, in this process. The CLI waits for `beforeTool` before the tool runs, so that what
 * it awaits has happened before any effect has; it waits for `afterTool` before the model sees the outcome.
 * A `beforeTool` that throws or is not done in time denies the call. The signal aborts when the CLI gave up waiting;
 * what is answered then is dropped.
 */
export interface ToolHooks {
  /** Tools that they are about, as the CLI matches them: `Bash`, `Edit|Write`; without it all. */
  readonly tools?: string;
  beforeTool?(call: HookedCall, signal: AbortSignal): Promise<BeforeTool>;
  afterTool?(outcome: HookedOutcome, signal: AbortSignal): Promise<void>;
  /** How long the CLI waits for each. */
  readonly timeoutMs: number;
}

/** `hooks` of `initialize`: event → which tools, which callback. */
export type HookCallbacks = Readonly<
  Record<string, readonly { readonly matcher: string; readonly hookCallbackIds: string[]; readonly timeout: number }[]>
>;

type Fields = Readonly<Record<string, unknown>>;
const BEFORE = 'steward-before-tool';
const AFTER = 'steward-after-tool';
const AFTER_FAILURE = 'steward-after-failure';

/** What the CLI is told at `initialize`. After a turn it would be ignored without an error (PROTOCOL.md §3.3). */
export function hookCallbacks(hooks: ToolHooks | null): HookCallbacks {
  if (!hooks) return {};
  const entry = (id: string) => [
    { matcher: hooks.tools ?? '*', hookCallbackIds: [id], timeout: Math.max(1, Math.ceil(hooks.timeoutMs / 1000)) },
  ];
  return {
    ...(hooks.beforeTool ? { PreToolUse: entry(BEFORE) } : {}),
    ...(hooks.afterTool ? { PostToolUse: entry(AFTER), PostToolUseFailure: entry(AFTER_FAILURE) } : {}),
  };
}

/** Answers one `hook_callback`; null when it is none of ours. */
export async function answerHook(request: Fields, hooks: ToolHooks, signal: AbortSignal): Promise<Fields | null> {
  const given = (request['input'] ?? {}) as Fields;
  const call = callOf(request, given);
  switch (request['callback_id']) {
    case BEFORE:
      return beforeAnswer(await decideBefore(call, hooks, signal));
    case AFTER:
    case AFTER_FAILURE:
      await hooks.afterTool?.({ ...call, response: given['tool_response'] ?? given['error'] ?? null }, signal);
      return {};
    default:
      return null;
  }
}

/** Whatever goes wrong before an effect is a reason against it. */
export async function decideBefore(call: HookedCall, hooks: ToolHooks, signal: AbortSignal): Promise<BeforeTool> {
  try {
    return (await hooks.beforeTool?.(call, signal)) ?? { decision: 'pass' };
  } catch {
    return { decision: 'deny', reason: 'Steward could not prepare this call.' };
  }
}

function beforeAnswer(decided: BeforeTool): Fields {
  const about = { hookEventName: 'PreToolUse' };
  switch (decided.decision) {
    case 'deny':
      return {
        hookSpecificOutput: { ...about, permissionDecision: 'deny', permissionDecisionReason: decided.reason },
      };
    case 'allow':
      return { hookSpecificOutput: { ...about, permissionDecision: 'allow', ...changed(decided.input) } };
    case 'pass':
      return decided.input ? { hookSpecificOutput: { ...about, ...changed(decided.input) } } : {};
  }
}

const changed = (input: Fields | undefined): Fields => (input ? { updatedInput: input } : {});
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const callOf = (request: Fields, given: Fields): HookedCall => ({
  toolName: String(given['tool_name']),
  toolUseId: textOrNull(request['tool_use_id']) ?? textOrNull(given['tool_use_id']),
  input: (given['tool_input'] ?? {}) as Fields,
  agentId: textOrNull(given['agent_id']),
});
