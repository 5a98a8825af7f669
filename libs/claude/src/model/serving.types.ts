import { type ClaudeError } from '../error/index.js';
import { type ModelRequestFigures, type Usage } from '../stream/index.js';
import { type Payer } from './ledger-keys.js';
import { type SpendingLimits } from './spending-limits.js';

/** What a run has used, as far as it is known now. */
export interface UsageSoFar {
  readonly usage: Usage;
  /** USD, a decimal. */
  readonly costUsd: string;
  readonly estimatedOutputTokens: number;
  /** The request that has ended just now. */
  readonly request?: ModelRequestFigures;
}

/** Who wants to know what a run does at the model. Nothing of it may throw. */
export interface ModelObserver {
  /** Figures have grown: when the provider declared some, when a request ended, and now and then while an answer runs. */
  used(soFar: UsageSoFar): void;
  /** The budget is used up: the request that did it is broken off already, and no other will be forwarded. At most once. */
  exhausted(error: ClaudeError): void;
  /** A request was not sent: a breaker is open. */
  shut(error: ClaudeError): void;
}

/** The run that an agent process serves from now on. */
export interface ServingOrder {
  readonly runId: string;
  readonly sessionId: string;
  readonly payer: Payer;
  /** When the run was accepted; ISO 8601. */
  readonly acceptedAt: string;
  readonly limits: SpendingLimits;
  /** Nobody has worked for it yet, so that nothing has been used. */
  readonly isFirst: boolean;
  /** Whether the CLI may repeat by itself what failed; not in an attempt that repeats a failed one. */
  readonly repeats: boolean;
  /** The model that the run asks for; null: none by name. */
  readonly model: string | null;
  readonly observer: ModelObserver;
  /** First line of the recording of its traffic; null: it is not recorded. */
  readonly record: Readonly<Record<string, unknown>> | null;
}
