import { type EventData } from '../stream/index.js';
import { type RateLimitMessage, type SystemMessage, type ToolProgressMessage } from './cli-message.types.js';
import { isKnownSubtype } from './message-kinds.js';
import { type SystemFields, type SystemSubtype } from './system-message.types.js';

type Progress = EventData<'run.progress'>;
type Fields<T extends SystemSubtype> = Readonly<Partial<SystemFields[T]>>;

const number = (value: unknown): number => (typeof value === 'number' ? Math.max(0, Math.round(value)) : 0);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const SENTENCE_CHARACTERS = 500;

/** What each subtype says to a reader; a subtype that is missing here says nothing. */
const TELLERS: { readonly [T in SystemSubtype]?: (fields: Fields<T>) => Progress | null } = {
  init: serverProgress,
  status: statusProgress,
  api_retry: retryProgress,
  model_fallback: ({ original_model, fallback_model }) => ({
    activity: 'model_fallback',
    text: `Going on with ${text(fallback_model)}: ${text(original_model)} is overloaded.`,
  }),
  model_refusal_fallback: ({ original_model, fallback_model }) => ({
    activity: 'model_fallback',
    text: `Going on with ${text(fallback_model)}: ${text(original_model)} refused.`,
  }),
  model_refusal_no_fallback: () => ({ activity: 'other', text: 'The model refused.' }),
  task_started: taskProgress,
  task_progress: taskProgress,
  task_notification: ({ task_id, status, summary }) => ({
    activity: 'background',
    text: text(summary) || `A task has ${text(status)}.`,
    taskId: text(task_id),
    taskStatus: text(status),
  }),
  session_writes_lost: () => ({ activity: 'other', text: 'The CLI could not save a part of the conversation.' }),
  local_command_output: ({ content }) => sentence(content),
  informational: ({ content }) => sentence(content),
  notification: ({ text: words }) => sentence(words),
};

/**
 * What a `system` message says about progress (PROTOCOL.md §2.2): null when it says nothing to a reader, undefined when
 * its subtype is not known.
 */
export function progressOf(message: SystemMessage): Progress | null | undefined {
  if (!isKnownSubtype(message.subtype)) return undefined;
  const tell: ((fields: object) => Progress | null) | undefined = TELLERS[message.subtype];
  return tell ? tell(message) : null;
}

/** What the provider says about its limits; null while there is room. */
export function rateLimitProgress({ rate_limit_info: info }: RateLimitMessage): Progress | null {
  const status = text(info['status']);
  if (status === 'allowed' || status === '') return null;
  const resetsAt = number(info['resetsAt']) > 0 ? new Date(number(info['resetsAt']) * 1000).toISOString() : undefined;
  const until = resetsAt ? ` until ${resetsAt}` : '';
  return {
    activity: 'rate_limit',
    text: status === 'rejected' ? `The provider’s limit is reached${until}.` : `The provider’s limit is near${until}.`,
    ...(resetsAt ? { resetsAt } : {}),
  };
}

export const toolProgress = (message: ToolProgressMessage): Progress => ({
  activity: 'tool',
  text: `${message.tool_name} runs for ${Math.round(message.elapsed_time_seconds ?? 0)} s.`,
  tool: message.tool_name,
  elapsedMs: number((message.elapsed_time_seconds ?? 0) * 1000),
});

function statusProgress({ status, compact_result: result, compact_error: error }: Fields<'status'>): Progress | null {
  if (status === 'requesting') return { activity: 'requesting', text: 'Waiting for the model.' };
  if (status === 'compacting')
    return { activity: 'compacting', text: 'Summing up the conversation, since it became long.' };
  if (result === 'success') return { activity: 'compacting', text: 'The conversation was summed up.' };
  if (result === undefined) return null;
  return { activity: 'compacting', text: `The conversation could not be summed up (${text(error) || 'no reason'}).` };
}

/** MCP servers that the run has to do without. */
function serverProgress({ mcp_servers: servers = [] }: Fields<'init'>): Progress | null {
  const absent = servers.filter(({ status }) => status === 'failed' || status === 'needs-auth');
  if (absent.length === 0) return null;
  const names = absent.map(({ name, status }) => `${name} (${status})`).join(', ');
  return { activity: 'mcp', text: `MCP servers that are not there: ${names}.` };
}

function retryProgress(fields: Fields<'api_retry'>): Progress {
  const [attempt, maxRetries] = [number(fields.attempt), number(fields.max_retries)];
  const status = typeof fields.error_status === 'number' ? fields.error_status : null;
  const why = status === null ? 'no answer' : `status ${status}`;
  return {
    activity: 'api_retry',
    text: `API retry ${attempt} of ${maxRetries} (${why}).`,
    attempt,
    maxRetries,
    delayMs: number(fields.retry_delay_ms),
    status,
  };
}

function taskProgress(fields: Fields<'task_started'>): Progress {
  return {
    activity: 'tool',
    text: text(fields.description) || 'A task is running.',
    tool: fields.task_type === 'local_bash' ? 'Bash' : 'Agent',
    taskId: text(fields.task_id),
  };
}

const sentence = (content: unknown): Progress | null => {
  const words = text(content).slice(0, SENTENCE_CHARACTERS);
  return words ? { activity: 'other', text: words } : null;
};
