export { type Health, type Page, type RunState } from './api.types.js';
export { ClientError, type ClientErrorCode } from './client.error.js';
export {
  type FollowAllOptions,
  type FollowOptions,
  type FollowSessionOptions,
  type RetryOptions,
  type StewardClientOptions,
  type Transport,
} from './client.options.js';
export {
  type EventDataMap,
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
export { type Follower } from './follow/follower.js';
export { TextOfRun } from './follow/text-of-run.js';
export {
  type AgentDefinition,
  type Attachment,
  type FileChange,
  type FileEntry,
  type Holdings,
  type McpServer,
  type Problem,
  type Run,
  type RunDegraded,
  type RunProgress,
  type RunRequest,
  type Session,
  type SessionSpending,
  type SlashCommand,
  type Spending,
  type SpendingHeld,
  type SpendingLimits,
  type SpendingPart,
  type TranscriptMessage,
  type WorkspaceDiff,
  type WorkspaceSource,
} from './generated/api.generated.js';
export {
  type Approval,
  type ApprovalAnswer,
  type ApprovalResolution,
  type InputAnswer,
  type RunInput,
} from './generated/api.generated.js';
export { ERROR_CODES, type ErrorCode } from './generated/error-codes.generated.js';
export { type RunError, type Usage } from './generated/event-shapes.generated.js';
export { type ReaderEventDataMap } from './generated/reader-events.generated.js';
export { TERMINAL_TYPES } from './generated/terminal-types.generated.js';
export { ProblemError } from './problem.error.js';
export { type Answer, type ClientEvents, type ServerEvents } from './socket/socket.types.js';
export { type SseMessage, SseParser } from './sse/sse.parser.js';
export { type ByteRange, type FileListOptions, type FileWriteOptions, SessionFiles } from './files/session.files.js';
export { type CallOptions, StewardClient, type SubmitOptions } from './steward.client.js';
export { isStewardError, type StewardError } from './steward.error.js';
