import { type BreakerView } from './breaker/index.js';
import { type ModelStatus } from './model/index.js';
import { type CliInfo, type SandboxPlan } from './wrapper/index.js';

/** State of the Claude part, as health shows it. */
export interface ClaudeStatus {
  readonly role: string;
  readonly draining: boolean;
  readonly cli:
    (CliInfo & { readonly ok: true }) | { readonly ok: false; readonly code: string; readonly message: string };
  readonly credential: boolean;
  /** How requests reach the model, and whether the gateway sees them. */
  readonly model: ModelStatus;
  /** How agent processes are kept apart; null where none can be started. */
  readonly sandbox: SandboxPlan | null;
  /** `open` is null while Redis, which counts, is away. */
  readonly runs: { readonly running: number; readonly open: number | null };
  readonly sessions: { readonly open: number | null };
  readonly agentProcesses: number;
  /** What is out of order, or was of late, as each worker sees it; `worker` is null for what this process sees itself. */
  readonly breakers: readonly (BreakerView & { readonly worker: string | null })[];
}
