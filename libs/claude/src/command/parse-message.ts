import { type CliMessage } from './cli-message.types.js';
import { type MESSAGE_KINDS } from './message-kinds.js';

/** A line of the CLI's stdout: a message, noise to skip, or a message that is broken. */
export type ParsedLine =
  | { readonly kind: 'message'; readonly message: CliMessage }
  | { readonly kind: 'noise' }
  | { readonly kind: 'broken'; readonly reason: string };

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What makes a type usable; a message of a known type without it is broken. */
const REQUIRED: Readonly<Record<keyof typeof MESSAGE_KINDS | 'system', (message: Fields) => boolean>> = {
  system: (message) => typeof message['subtype'] === 'string',
  assistant: (message) => isObject(message['message']) && Array.isArray(message['message']['content']),
  user: (message) => isObject(message['message']) && 'content' in message['message'],
  stream_event: (message) => isObject(message['event']) && typeof message['event']['type'] === 'string',
  result: (message) => typeof message['subtype'] === 'string' && typeof message['is_error'] === 'boolean',
  control_request: (message) => isObject(message['request']) && typeof message['request']['subtype'] === 'string',
  control_response: (message) => isObject(message['response']),
  control_cancel_request: (message) => typeof message['request_id'] === 'string',
  rate_limit_event: (message) => isObject(message['rate_limit_info']),
  tool_progress: (message) => typeof message['tool_name'] === 'string',
  tool_use_summary: (message) => typeof message['summary'] === 'string',
  transcript_mirror: () => true,
  auth_status: () => true,
  prompt_suggestion: () => true,
  keep_alive: () => true,
  conversation_reset: () => true,
};

const hasType = (value: Fields): value is Fields & { type: string } => typeof value['type'] === 'string';
const isKnown = (type: string): type is keyof typeof REQUIRED => Object.hasOwn(REQUIRED, type);

/** No program means NUL as text, and U+FFFD stands for bytes that are no UTF-8. */
const isText = (line: string): boolean => !line.includes('\0') && !line.includes('\ufffd');

/**
 * Reads one line. Lines that do not start with `{` are noise (some builds print debug text), unless they are no text at
 * all; one that does and is not JSON is broken. Unknown types and unknown fields pass.
 */
export function parseMessage(line: string): ParsedLine {
  if (!line.startsWith('{'))
    return isText(line) ? { kind: 'noise' } : { kind: 'broken', reason: 'bytes that are no text' };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: 'broken', reason: 'a line that is not JSON' };
  }
  if (!isObject(value) || !hasType(value)) return { kind: 'broken', reason: 'a message without a type' };
  const { type } = value;
  if (!isKnown(type)) return { kind: 'message', message: { type: 'unknown', original: value } };
  if (!REQUIRED[type](value)) return { kind: 'broken', reason: `an incomplete message of type ${type}` };
  return { kind: 'message', message: value as unknown as CliMessage };
}
