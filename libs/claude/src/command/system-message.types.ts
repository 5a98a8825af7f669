/**
 * Fields of the CLI's `system` messages by subtype (PROTOCOL.md §2.2). All are optional in use: the parser asks only
 * for the subtype, so that a version which leaves one out is still understood.
 */
export interface SystemFields {
  init: {
    cwd: string;
    tools: string[];
    mcp_servers: { name: string; status: string }[];
    model: string;
    permissionMode: string;
    slash_commands: string[];
    apiKeySource: string;
    claude_code_version: string;
    agents: string[];
    skills: string[];
    plugins: unknown[];
  };
  /** `compact_result` stands beside a null status. */
  status: { status: string | null; permissionMode: string; compact_result: string; compact_error: string };
  api_retry: {
    attempt: number;
    max_retries: number;
    retry_delay_ms: number;
    /** Null: no HTTP answer. */
    error_status: number | null;
    error: string;
  };
  thinking_tokens: { estimated_tokens: number; estimated_tokens_delta: number };
  compact_boundary: { compact_metadata: { trigger: string; pre_tokens: number; post_tokens: number } };
  model_fallback: { trigger: string; original_model: string; fallback_model: string; content: string };
  model_refusal_fallback: { original_model: string; fallback_model: string; content: string };
  model_refusal_no_fallback: { original_model: string; content: string };
  permission_denied: { tool_name: string; tool_use_id: string; decision_reason_type: string; message: string };
  task_started: {
    task_id: string;
    tool_use_id: string;
    description: string;
    task_type: string;
    subagent_type: string;
    prompt: string;
  };
  task_progress: { task_id: string; description: string; last_tool_name: string };
  task_updated: { task_id: string; patch: { status: string; end_time: number; is_backgrounded: boolean } };
  task_notification: { task_id: string; status: string; output_file: string; summary: string };
  session_state_changed: { state: string };
  hook_started: { hook_id: string; hook_name: string; hook_event: string };
  hook_progress: { hook_id: string; stdout: string; stderr: string };
  hook_response: { hook_id: string; output: string; exit_code: number; outcome: string };
  commands_changed: { commands: unknown[] };
  local_command_output: { content: string };
  informational: { content: string; level: string };
  notification: { key: string; text: string; priority: string };
  memory_recall: { mode: string; memories: unknown[] };
  plugin_install: { status: string; name: string; error: string };
  files_persisted: { files: unknown[]; failed: unknown[] };
  elicitation_complete: { mcp_server_name: string; elicitation_id: string };
  worker_shutting_down: { reason: string };
  mirror_error: { error: string };
  /** All that run now, each time one begins or ends. */
  background_tasks_changed: { tasks: { task_id: string; task_type: string; description: string }[] };
  control_request_progress: { request_id: string };
  /** What is said from now on is not in the transcript. */
  session_writes_lost: { error_code: string; lost: string[] };
}

export type SystemSubtype = keyof SystemFields;
