import type { IncomingMessage } from 'node:http';
import type { MessagesRequest } from '../wire/api.types.js';

/** The public API's own bound. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** A request that is refused before any script is looked at. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface ReadRequest {
  body: MessagesRequest;
  bytes: number;
}

export async function readMessagesRequest(request: IncomingMessage): Promise<ReadRequest> {
  const { value, bytes } = await readJson(request);
  return { body: checked(value), bytes };
}

/** The JSON of a request; undefined when there is none. */
export async function readJson(request: IncomingMessage): Promise<{ value: unknown; bytes: number }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read on to the end, so that the client is listening when the refusal comes.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) throw new RefusedRequest(413, 'Request exceeds the maximum size');
  if (bytes === 0) return { value: undefined, bytes };
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown, bytes };
  } catch {
    throw new RefusedRequest(400, 'The request body is not valid JSON.');
  }
}

function checked(value: unknown): MessagesRequest {
  if (typeof value !== 'object' || value === null) throw new RefusedRequest(400, 'The request body is not an object.');
  const body = value as MessagesRequest;
  if (typeof body.model !== 'string') throw new RefusedRequest(400, 'model: Field required');
  if (!Array.isArray(body.messages)) throw new RefusedRequest(400, 'messages: Field required');
  if (body.messages.length === 0) throw new RefusedRequest(400, 'messages: at least one message is required');
  for (const [index, message] of body.messages.entries()) {
    if (!['user', 'assistant', 'system'].includes(message?.role)) {
      throw new RefusedRequest(400, `messages.${index}.role: Input should be 'user', 'assistant' or 'system'`);
    }
    if (typeof message.content !== 'string' && !Array.isArray(message.content)) {
      throw new RefusedRequest(400, `messages.${index}.content: Field required`);
    }
  }
  return body;
}
