// Made by `npm run generate` from the tables of the server; edit those.

import { type Run } from './api-runs.generated.js';

/** What a person says to an approval. */
export type ApprovalAnswer = {
  /** allow or deny for a tool or a plan; answer or deny for a question. */
  readonly decision: 'allow' | 'deny' | 'answer';
  /** allow: what runs instead of what the agent asked for. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** allow: this call only (once, the default), or the tool for the rest of the session; of Bash only this one command. */
  readonly scope?: 'once' | 'session';
  /** deny: what the model is told. */
  readonly message?: string;
  /** deny: end the run, too. Default: false. */
  readonly stop?: boolean;
  /** answer: by the text of each question, a label, own words, or several labels. */
  readonly answers?: Readonly<Record<string, string | readonly string[]>>;
};

/** A question of the agent to a person. Times are ISO 8601 UTC. */
export type Approval = {
  readonly id: string;
  readonly runId: string;
  readonly sessionId: string;
  readonly kind: 'tool' | 'question' | 'plan';
  readonly state: 'open' | 'resolved';
  readonly tool: string;
  readonly toolUseId: string | null;
  /** The subagent that asks. */
  readonly agentId: string | null;
  /** What the tool would be called with. */
  readonly input: Readonly<Record<string, unknown>>;
  /** question: what is asked. */
  readonly questions: readonly Readonly<Record<string, unknown>>[];
  /** What the agent program says of the call. */
  readonly description: string | null;
  /** Why it asks. */
  readonly reason: string | null;
  /** What it would remember; for information. */
  readonly suggestions: readonly Readonly<Record<string, unknown>>[];
  readonly requestedAt: string;
  /** Until when an answer counts. */
  readonly deadline: string;
  /** What happens then. */
  readonly default: 'deny' | 'allow' | 'stop';
  readonly resolution: ApprovalResolution | null;
};

/** How an approval was decided. */
export type ApprovalResolution = {
  readonly decision: 'allow' | 'deny' | 'answer' | 'withdrawn';
  readonly by: 'user' | 'timeout' | 'withdrawn';
  /** Who, where it was a person. */
  readonly user: string | null;
  readonly at: string;
  readonly scope: 'once' | 'session';
  /** Whether the run was to end with it. */
  readonly stop: boolean;
  readonly message: string | null;
  /** What runs instead of what was asked for. */
  readonly input: Readonly<Record<string, unknown>>;
  /** By the text of each question. */
  readonly answers: Readonly<Record<string, unknown>>;
};

/** What is said to a running run. */
export type RunInput = {
  /** Text for the model; never executed as a slash command. */
  readonly text: string;
  /** When the run has ended: refuse with input.run_ended (the default), or make a run of its own of it, in the same session (enqueue). */
  readonly ifEnded?: 'reject' | 'enqueue';
  /** A UUID of version 7 that you made: the same one counts once, however often it is sent. */
  readonly inputId?: string;
};

/** What became of an input. */
export type InputAnswer = {
  readonly inputId: string;
  /** The run that has it: this one, or the one that was made of it. */
  readonly run: Run;
};
