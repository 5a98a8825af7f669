export { ClaudeSessionService } from './claude-session.service.js';
export {
  type LendRequest,
  type LentHow,
  type LentProcess,
  type People,
  type RunLeft,
  type SessionHold,
} from './session-lender.types.js';
export { decodeCursor, decodeText, encodeCursor, encodeText } from './cursor.js';
export {
  ownerName,
  sessionDelayedKey,
  SESSIONS_BY_USE,
  SESSIONS_OF,
  sessionKey,
  sessionQueueKey,
} from './session-keys.js';
export { SessionLease } from './session-lease.js';
export { type ForeignAnswer, sessionAnswersKey, SessionAnswersStore } from './session-answers.store.js';
export { SessionModule } from './session.module.js';
export { type TranscriptEntry } from './transcript-tail.js';
export {
  type Holding,
  type Holdings,
  type NewSession,
  type Owner,
  type Page,
  type SessionRecord,
  type SessionState,
} from './session.types.js';
export { type TranscriptMessage } from './transcript-reader.js';
export { type KeptSnapshot, SessionSnapshots } from './session-snapshots.js';
export { SessionWorkspaces, type WritableWorkspace } from './session-workspaces.js';
export { type McpServerView, SessionMcpStore } from './session-mcp.store.js';
