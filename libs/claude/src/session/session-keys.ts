import { type Owner } from './session.types.js';

export const sessionKey = (sessionId: string): string => `steward:session:${sessionId}`;
export const leaseKey = (sessionId: string): string => `steward:session-lease:${sessionId}`;
/** Runs of the session that have not ended, in the order of their acceptance. */
export const sessionQueueKey = (sessionId: string): string => `steward:session-queue:${sessionId}`;
/** Runs of the session that wait for their moment, and then join its queue. */
export const sessionDelayedKey = (sessionId: string): string => `steward:session-delayed:${sessionId}`;
/** Before the owner's name: their sessions. */
export const SESSIONS_OF = 'steward:sessions:';
export const ownerSessionsKey = (owner: Owner): string => `${SESSIONS_OF}${ownerName(owner)}`;
/** All open sessions by their last use, for the clean-up. */
export const SESSIONS_BY_USE = 'steward:sessions-by-use';
/** Bytes on disk of the sessions of each owner (`tenant:user`), and of all (`*`). */
export const SESSION_BYTES = 'steward:session-bytes';
export const ownerName = ({ tenant, user }: Owner): string => `${tenant}:${user}`;
/** Sessions of an owner that have an agent process, by its last use; those of all. */
export const ownerAgentsKey = (owner: Owner): string => `steward:agents:${ownerName(owner)}`;
export const AGENTS = 'steward:agents';
/** User ids that sessions and spares have. */
export const USER_IDS = 'steward:sandbox:uids';
/** A folder in `sessions` that no session has yet: of a spare process, or of a session that is being made. */
export const spareKey = (place: string): string => `steward:spare:${place}`;
