import { type AgentQuestion } from '../command/index.js';
import { type Owner } from '../session/index.js';

/** `tool`: may it be used? `question`: AskUserQuestion. `plan`: ExitPlanMode. */
export const APPROVAL_KINDS = ['tool', 'question', 'plan'] as const;
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

/** What happens when nobody answers in time. `allow` holds for tools and plans; a question without an answer is refused. */
export const APPROVAL_DEFAULTS = ['deny', 'allow', 'stop'] as const;
export type ApprovalDefault = (typeof APPROVAL_DEFAULTS)[number];

/** Whether people are asked about a tool that no rule names, or it is denied at once. */
export const APPROVAL_MODES = ['deny', 'ask'] as const;
export type ApprovalMode = (typeof APPROVAL_MODES)[number];

type Fields = Readonly<Record<string, unknown>>;

/** What a person says. */
export type ApprovalAnswer =
  | {
      readonly decision: 'allow';
      /** Runs instead of what the model asked for. */
      readonly input?: Fields;
      /** `session`: the same is not asked again in this session. @default once */
      readonly scope?: 'once' | 'session';
    }
  | {
      readonly decision: 'deny';
      /** For the model. */
      readonly message?: string;
      /** Ends the run, too. */
      readonly stop?: boolean;
    }
  | { readonly decision: 'answer'; readonly answers: Readonly<Record<string, string | readonly string[]>> };

/** How it was decided: by a person, by its deadline, or not any more, since the agent or its run went on without. */
export type ResolvedBy = 'user' | 'timeout' | 'withdrawn';

export interface Resolution {
  readonly decision: 'allow' | 'deny' | 'answer' | 'withdrawn';
  readonly by: ResolvedBy;
  /** Who, where it was a person. */
  readonly user: string | null;
  readonly at: string;
  readonly scope: 'once' | 'session';
  readonly stop: boolean;
  readonly message: string | null;
  /** What runs instead of what was asked for; null: that. */
  readonly input: Fields | null;
  readonly answers: Readonly<Record<string, string | readonly string[]>> | null;
}

/** A pending question of the agent, or one that was. Times are ISO 8601 UTC. */
export interface Approval {
  readonly id: string;
  readonly runId: string;
  readonly sessionId: string;
  readonly kind: ApprovalKind;
  readonly state: 'open' | 'resolved';
  readonly tool: string;
  readonly toolUseId: string | null;
  /** The subagent that asks; null in the main conversation. */
  readonly agentId: string | null;
  readonly input: Fields;
  /** kind question: what is asked; null otherwise. */
  readonly questions: readonly AgentQuestion[] | null;
  /** What the CLI says of the call, and why it asks. */
  readonly description: string | null;
  readonly reason: string | null;
  /** What the CLI would remember; told for information, applied by nobody. */
  readonly suggestions: readonly unknown[];
  readonly requestedAt: string;
  readonly deadline: string;
  readonly default: ApprovalDefault;
  readonly resolution: Resolution | null;
}

export interface ApprovalRecord extends Approval {
  readonly owner: Owner;
  readonly delivered: Delivery | null;
}

/**
 * How what was decided has reached the agent: as the answer to the call itself, which may have acted then, or to another one
 * with the same input, after the agent was started again.
 */
export type Delivery = 'call' | 'later';

/** How long a run's approvals wait, and what then. */
export interface ApprovalTerms {
  readonly timeoutMs: number;
  readonly default: ApprovalDefault;
  /** After so long without anything else happening the run gives its agent process back. */
  readonly holdMs: number;
}

export function viewOf({ owner: _owner, delivered: _delivered, ...view }: ApprovalRecord): Approval {
  return view;
}
