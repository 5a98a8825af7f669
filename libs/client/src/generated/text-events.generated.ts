// Made by `npm run generate` from the tables of the server; edit those.

import { type Delta } from './event-shapes.generated.js';

/** Data of these events, by type. */
export interface TextEventDataMap {
  /** A piece of the answer. */
  'text.delta': Delta;
  /** A piece of the thinking. */
  'thinking.delta': Delta;
  /** The model repeated a broken-off answer: earlier deltas are void. */
  'text.replaced': {
    /** First seq of the void deltas. */
    readonly fromSeq: number;
    /** Last seq of the void deltas; deltas of other messages in between stay. */
    readonly throughSeq: number;
    /** Message whose deltas are void. */
    readonly messageId: string;
  };
  /** A whole message, as the model or a tool gave it. */
  'message': {
    /** assistant or user (tool results, prompts of subagents). */
    readonly role: string;
    /** Id of the model message; one message may come in several events, one for each block. */
    readonly messageId: string | null;
    /** Blocks of the Messages API. */
    readonly content: unknown;
    /** Made by the CLI and not by the model. */
    readonly synthetic: boolean;
    /** Tool use of the subagent that this belongs to; null in the main conversation. */
    readonly parentToolUseId: string | null;
  };
}
