import { type EventData } from '../stream/index.js';
import { type SystemMessage } from './cli-message.types.js';

type Progress = EventData<'run.progress'>;

const number = (value: unknown): number => (typeof value === 'number' ? Math.max(0, Math.round(value)) : 0);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Subtypes that say nothing to a reader. */
const SILENT = new Set([
  'init',
  'thinking_tokens',
  'session_state_changed',
  'hook_started',
  'hook_response',
  'hook_progress',
  'commands_changed',
  'task_updated',
  'permission_denied',
  'compact_boundary',
]);

/**
 * What a `system` message says about progress (PROTOCOL.md §2.2): null when it says nothing to a reader, undefined when
 * its subtype is not known.
 */
export function progressOf(message: SystemMessage): Progress | null | undefined {
  if (SILENT.has(message.subtype)) return null;
  switch (message.subtype) {
    case 'status':
      return statusProgress(text(message['status']));
    case 'api_retry':
      return retryProgress(message);
    case 'model_fallback':
      return {
        activity: 'model_fallback',
        text: `Going on with ${text(message['fallback_model'])}: ${text(message['original_model'])} is overloaded.`,
      };
    case 'model_refusal_no_fallback':
      return { activity: 'other', text: 'The model refused.' };
    case 'task_started':
    case 'task_progress':
      return { activity: 'tool', text: text(message['description']) || 'A task is running.', tool: taskTool(message) };
    case 'task_notification':
      return { activity: 'background', text: text(message['summary']) || `A task has ${text(message['status'])}.` };
    default:
      return undefined;
  }
}

function statusProgress(status: string): Progress | null {
  if (status === 'requesting') return { activity: 'requesting', text: 'Waiting for the model.' };
  if (status === 'compacting')
    return { activity: 'compacting', text: 'Summing up the conversation, since it became long.' };
  return null;
}

function retryProgress(message: SystemMessage): Progress {
  const [attempt, maxRetries] = [number(message['attempt']), number(message['max_retries'])];
  const status = typeof message['error_status'] === 'number' ? message['error_status'] : null;
  const why = status === null ? 'no answer' : `status ${status}`;
  return {
    activity: 'api_retry',
    text: `API retry ${attempt} of ${maxRetries} (${why}).`,
    attempt,
    maxRetries,
    delayMs: number(message['retry_delay_ms']),
    status,
  };
}

const taskTool = (message: SystemMessage): string => (text(message['task_type']) === 'local_bash' ? 'Bash' : 'Agent');
