export { ClaudeSessionService, type LendRequest, type LentProcess } from './claude-session.service.js';
export { decodeCursor, encodeCursor } from './cursor.js';
export { sessionKey, sessionQueueKey } from './session-keys.js';
export { SessionLease } from './session-lease.js';
export { SessionModule } from './session.module.js';
export { type Owner, type Page, type SessionRecord, type SessionState } from './session.types.js';
