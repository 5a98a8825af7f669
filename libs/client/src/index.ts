export {
  type AgentDefinition,
  type Health,
  type Holdings,
  type Page,
  type Problem,
  type Run,
  type RunError,
  type RunRequest,
  type RunState,
  type Session,
  type SlashCommand,
  type TranscriptMessage,
  type Usage,
  type WorkspaceSource,
} from './api.types.js';
export { ClientError, type ClientErrorCode } from './client.error.js';
export {
  type FollowAllOptions,
  type FollowOptions,
  type FollowSessionOptions,
  type RetryOptions,
  type StewardClientOptions,
  type Transport,
} from './client.options.js';
export { ERROR_CODES, type ErrorCode } from './error-codes.generated.js';
export {
  type EventType,
  type Frame,
  isFrame,
  isTerminal,
  type PlacedItem,
  type ReaderEvent,
  type ReaderEventType,
  type RunItem,
  type TerminalType,
} from './event.types.js';
export { type EventDataMap, type ReaderEventDataMap, TERMINAL_TYPES } from './events.generated.js';
export { type Follower } from './follow/follower.js';
export { TextOfRun } from './follow/text-of-run.js';
export { ProblemError } from './problem.error.js';
export { type Answer, type ClientEvents, type ServerEvents } from './socket/socket.types.js';
export { type SseMessage, SseParser } from './sse/sse.parser.js';
export { type CallOptions, StewardClient, type SubmitOptions } from './steward.client.js';
export { isStewardError, type StewardError } from './steward.error.js';
