import type { Conversation } from '../request/conversation.reader.js';
import type { Usage } from '../wire/api.types.js';

/** One content block of a reply with the pace at which it is streamed, or a silence between two blocks. */
export type ReplyBlock =
  | { type: 'text'; chunks: () => Iterable<string>; delayMs: number }
  | { type: 'thinking'; chunks: () => Iterable<string>; delayMs: number }
  | { type: 'tool_use'; name: string; input: unknown; delayMs: number }
  | { type: 'pause'; delayMs: number; pingMs: number };

/** What the model says in one request. */
export interface Reply {
  blocks: ReplyBlock[];
  stop?: string;
  stopSequence?: string;
  stopDetails?: Record<string, unknown>;
  /** Raw bytes of one socket write, to cut characters and lines in two on purpose. */
  splitBytes?: number;
}

/** How an answer is no valid stream. */
export type MalformedKind = 'json' | 'order' | 'early' | 'html';

/** What goes wrong instead of an answer. */
export type Failure =
  | {
      what: 'error';
      status: number;
      errorType: string;
      message: string;
      headers: Record<string, string>;
      html: boolean;
    }
  | { what: 'hang'; where: 'headers' | 'stream'; after: number; pingMs: number; forMs: number }
  | { what: 'cut'; after: number; delayMs: number; reset: boolean }
  | { what: 'malformed'; after: number; how: MalformedKind }
  | { what: 'sse-error'; after: number; errorType: string; message: string };

export interface Fault {
  failure: Failure;
  /** How often it happens before the step goes on; Infinity for always. */
  times: number;
  /** Counts under this name for the whole server, instead of once per session and prompt. */
  key?: string;
  /** The directive as written. */
  source: string;
}

/** What surrounds the reply of a step. */
export interface StepFrame {
  faults: Fault[];
  slowMs: number;
  headers: Record<string, string>;
  usage: Partial<Usage>;
  gzip: boolean;
}

/** One request's worth of script. */
export interface Step extends StepFrame {
  /** The directives as written, for the journal. */
  source: string;
  reply: (conversation: Conversation) => Reply;
}

/** Steps in order. Requests after the last one get `closing`. */
export interface Script {
  steps: Step[];
  closing: Step;
}
