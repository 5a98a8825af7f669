import { type ContentBlock } from './attachments.js';
import { type CommandCall } from './run-options.types.js';

/** Lines for the CLI's stdin. Every one is whole JSON: a malformed line ends the process (PROTOCOL.md §3.1). */

/**
 * A prompt, as text and never as a slash command. The CLI looks for a command in the last text block only, and drops
 * empty blocks before it calls the model: the empty block behind the prompt keeps `/clear` a text, byte for byte
 * (seen with 2.1.197 for /clear, /heapdump, /compact and unknown names).
 */
export function userLine(prompt: string, uuid: string, attachments: readonly ContentBlock[] = []): string {
  return userLines([prompt], uuid, attachments);
}

/** The same with several texts. */
export function userLines(texts: readonly string[], uuid: string, attachments: readonly ContentBlock[] = []): string {
  const content = [...attachments, ...[...texts, ''].map((text) => ({ type: 'text', text }))];
  return JSON.stringify({ type: 'user', uuid, message: { role: 'user', content }, parent_tool_use_id: null });
}

/** A slash command or skill: the one text block is what the CLI looks at. */
export function commandLine({ name, args }: CommandCall, uuid: string): string {
  const text = args ? `/${name} ${args}` : `/${name}`;
  return JSON.stringify({
    type: 'user',
    uuid,
    message: { role: 'user', content: [{ type: 'text', text }] },
    parent_tool_use_id: null,
  });
}

export function controlRequestLine(requestId: string, request: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ type: 'control_request', request_id: requestId, request });
}

export function controlResponseLine(requestId: string, response: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    type: 'control_response',
    response: { subtype: 'success', request_id: requestId, response },
  });
}

export function controlErrorLine(requestId: string, error: string): string {
  return JSON.stringify({ type: 'control_response', response: { subtype: 'error', request_id: requestId, error } });
}
