import type { ServerResponse } from 'node:http';
import type { MessagesRequest, Usage } from './api.types.js';
import type { JournalEntry } from '../journal.store.js';

/** One request being answered. */
export interface Exchange {
  body: MessagesRequest;
  response: ServerResponse;
  entry: JournalEntry;
  requestId: string;
  /** Aborted when the client has gone or the server closes. */
  signal: AbortSignal;
  declare(usage: Usage): void;
}
