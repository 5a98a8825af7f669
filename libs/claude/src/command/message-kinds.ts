import { type CliMessage } from './cli-message.types.js';
import { type SystemSubtype } from './system-message.types.js';

interface Kind {
  /**
   * `recorded`: seen from the pinned CLI, in test/fixtures/golden. `types`: only in the types of its SDK. `newer`: in
   * the types of a newer one (0.3.329). `scripts/sdk-kinds.mjs` compares this table with the types of any version.
   */
  readonly source: 'recorded' | 'types' | 'newer';
}

const recorded: Kind = { source: 'recorded' };
const types: Kind = { source: 'types' };
const newer: Kind = { source: 'newer' };

/** Subtypes of `system`. The source of those marked `types` is @anthropic-ai/claude-agent-sdk 0.3.197, which is CLI 2.1.197. */
export const SYSTEM_KINDS: Readonly<Record<SystemSubtype, Kind>> = {
  init: recorded,
  status: recorded,
  api_retry: recorded,
  thinking_tokens: recorded,
  compact_boundary: recorded,
  model_fallback: recorded,
  model_refusal_fallback: types,
  model_refusal_no_fallback: recorded,
  permission_denied: recorded,
  task_started: recorded,
  task_progress: recorded,
  task_updated: recorded,
  task_notification: recorded,
  session_state_changed: recorded,
  hook_started: recorded,
  hook_progress: types,
  hook_response: recorded,
  commands_changed: recorded,
  local_command_output: types,
  informational: types,
  notification: types,
  memory_recall: types,
  plugin_install: types,
  files_persisted: types,
  elicitation_complete: types,
  worker_shutting_down: types,
  mirror_error: types,
  background_tasks_changed: newer,
  control_request_progress: newer,
  session_writes_lost: newer,
};

/** Types of messages, `system` apart. */
export const MESSAGE_KINDS: Readonly<Record<Exclude<CliMessage['type'], 'system' | 'unknown'>, Kind>> = {
  assistant: recorded,
  user: recorded,
  stream_event: recorded,
  result: recorded,
  rate_limit_event: recorded,
  tool_use_summary: recorded,
  transcript_mirror: recorded,
  control_request: recorded,
  control_response: recorded,
  control_cancel_request: recorded,
  tool_progress: types,
  auth_status: types,
  prompt_suggestion: types,
  keep_alive: types,
  conversation_reset: newer,
};

export const isKnownSubtype = (subtype: string): subtype is SystemSubtype => Object.hasOwn(SYSTEM_KINDS, subtype);

/** The kind of a message as a label with few values, whatever a CLI prints. */
export function kindOf(message: CliMessage): string {
  if (message.type !== 'system') return message.type;
  return `system/${isKnownSubtype(message.subtype) ? message.subtype : 'unknown'}`;
}
