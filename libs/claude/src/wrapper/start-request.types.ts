import { type CliConversation, type CliFolders, type CliProfile, type ToolHooks } from '../command/index.js';
import { type AgentProcessOptions } from './agent-process.types.js';

/** What it takes to start an agent process. */
export interface StartRequest {
  readonly sessionId: string;
  /** For whom; what fails for one alone keeps nobody else from starting. */
  readonly who: string;
  readonly profile: CliProfile;
  readonly conversation: CliConversation;
  readonly folders: CliFolders & { readonly workspace: string };
  /** User of the session, where the plan gives it one. */
  readonly uid: number | null;
  /** Bytes of the session's files where they were found too many; 0 for others. */
  readonly grownToBytes: number;
  readonly answer: AgentProcessOptions['answer'];
  /** Callbacks around tool calls; null for none. */
  readonly hooks: ToolHooks | null;
  /** Gives up the start; its reason is thrown. */
  readonly signal: AbortSignal;
}
