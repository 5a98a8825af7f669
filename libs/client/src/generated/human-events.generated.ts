// Made by `npm run generate` from the tables of the server; edit those.

import { type AgentQuestion } from './event-shapes.generated.js';

/** Data of these events, by type. */
export interface HumanEventDataMap {
  /** The agent asks a person, and waits for the answer. */
  'approval.requested': {
    /** Id of the approval; `POST /processes/:id/approvals/:approvalId` answers it. */
    readonly approvalId: string;
    /** tool (may it be used?), question (AskUserQuestion) or plan (ExitPlanMode). */
    readonly kind: string;
    /** Name of the tool. */
    readonly tool: string;
    /** Id of the call. */
    readonly toolUseId: string | null;
    /** The subagent that asks; null in the main conversation. */
    readonly agentId: string | null;
    /** What the tool would be called with; of a plan its text. */
    readonly input: unknown;
    /** question: what is asked. */
    readonly questions: readonly AgentQuestion[] | null;
    /** What the agent program says of the call. */
    readonly description: string | null;
    /** Why it asks. */
    readonly reason: string | null;
    /** Rules that the agent program would remember; for information. */
    readonly suggestions: readonly unknown[];
    /** Until when an answer counts, ISO 8601 UTC. */
    readonly deadline: string;
    /** What happens then: deny, allow or stop. */
    readonly default: string;
  };
  /** An approval was decided. */
  'approval.resolved': {
    /** Id of the approval. */
    readonly approvalId: string;
    /** As it was requested. */
    readonly kind: string;
    /** Name of the tool. */
    readonly tool: string;
    /** Id of the call. */
    readonly toolUseId: string | null;
    /** allow, deny, answer, or withdrawn: the agent or its run does not wait for it any more. */
    readonly decision: string;
    /** user, timeout or withdrawn. */
    readonly by: string;
    /** Who decided, where it was a person. */
    readonly user: string | null;
    /** once, or session: the same is not asked again in this session. */
    readonly scope: string;
    /** Whether the run was to end with it. */
    readonly stop: boolean;
    /** deny: what the model was told. */
    readonly message: string | null;
    /** allow: what the tool is called with instead; null: what the agent asked for. */
    readonly input: Readonly<Record<string, unknown>> | null;
    /** answer: by the text of each question. */
    readonly answers: Readonly<Record<string, unknown>> | null;
  };
  /** Somebody said something to the running agent; what it answers belongs to the run. */
  'input.accepted': {
    /** Id of the input, as `POST /processes/:id/input` answered it. */
    readonly inputId: string;
    /** What was said. */
    readonly text: string;
  };
}
