// Made by `npm run generate` from the tables of the server; edit those.

/** Data of these events, by type. */
export interface ToolEventDataMap {
  /** The model asked for a tool. */
  'tool.started': {
    /** Id of this call. */
    readonly toolUseId: string;
    /** Name of the tool. */
    readonly name: string;
    /** Its input. */
    readonly input: unknown;
    /** Tool use of the subagent that this belongs to; null in the main conversation. */
    readonly parentToolUseId: string | null;
  };
  /** The operator’s policy does not let a tool call run; the model is told the reason. */
  'tool.denied': {
    /** Id of the call. */
    readonly toolUseId: string | null;
    /** Name of the tool. */
    readonly name: string;
    /** Its input. */
    readonly input: unknown;
    /** rule, endpoint, or failure: the policy could not be asked. */
    readonly by: string;
    /** Why. */
    readonly reason: string;
    /** The subagent that made the call; null in the main conversation. */
    readonly agentId: string | null;
  };
  /** A tool call has its outcome. */
  'tool.finished': {
    /** Id of the call. */
    readonly toolUseId: string;
    /** Name of the tool; null when the call itself was not seen. */
    readonly name: string | null;
    /** Whether it failed or was denied. */
    readonly isError: boolean;
    /** What it gave, as text, cut after 10,000 characters; the whole is in the `message` event. */
    readonly output: string;
    /** Milliseconds between the two events. */
    readonly durationMs: number | null;
    /** Tool use of the subagent that this belongs to; null in the main conversation. */
    readonly parentToolUseId: string | null;
  };
}
