export { ClaudeFilesService, type WorkspaceDiff } from './claude-files.service.js';
export { ClaudeGuardService } from './claude-guard.service.js';
export { ClaudeModule } from './claude.module.js';
export { type ClaudeStatus } from './claude-status.types.js';
export { ClaudeService } from './claude.service.js';
export {
  type Approval,
  APPROVAL_DEFAULTS,
  APPROVAL_KINDS,
  APPROVAL_MODES,
  type ApprovalAnswer,
  type ApprovalDefault,
  type ApprovalKind,
  type ApprovalMode,
} from './approval/index.js';
export {
  type AgentDefinition,
  type Attachment,
  BACKGROUND_MODES,
  type BackgroundMode,
  BETAS,
  type CommandCall,
  EFFORTS,
  MESSAGE_KINDS,
  PERMISSION_MODES,
  type PermissionMode,
  RAW_MESSAGES,
  type RawMessages,
  type RunOptions,
  SETTING_SOURCES,
  type SettingSource,
  type SlashCommand,
  SYSTEM_KINDS,
  THINKING,
  THINKING_DISPLAYS,
} from './command/index.js';
export {
  choice,
  CLAUDE_SETTINGS,
  type ClaudeOptions,
  integer,
  isId,
  list,
  loadSettings,
  newRunId,
  newSessionId,
  optional,
  processEnvironment,
  type RunId,
  type SessionId,
  type Setting,
  SettingsError,
  type SettingTable,
  type SettingValues,
  string,
} from './config/index.js';
export {
  ClaudeError,
  ClaudeErrorService,
  ERROR_CODES,
  ERROR_KINDS,
  type ErrorCode,
  type ErrorDetails,
  type ErrorKind,
  errorRow,
  ERRORS,
  type ErrorView,
  type FieldProblem,
  redact,
} from './error/index.js';
export { CHANGES, FILE_TYPES, type FileChange, type FileEntry, type OpenFile } from './files/index.js';
export { ClaudeMetricsService, type MetricFigure, type MetricKey, metricRow, METRICS } from './metrics/index.js';
export { type PressureStatus, type Resource } from './pressure/index.js';
export {
  type DaySpending,
  type ModelSpending,
  RECORDING_VERSION,
  type SessionSpending,
  type Spending,
  type SpendingPart,
} from './model/index.js';
export {
  ACTIVITIES,
  type Activity,
  type BoardServer,
  BUSY_POLICIES,
  type BusyPolicy,
  type CleanUp,
  type CleanUpView,
  QueueOperationsService,
  type QueueView,
  DEGRADE_STEPS,
  type Degraded,
  FALLBACK_MODES,
  type FallbackMode,
  OUTAGE_MODES,
  type OutageMode,
  RUN_STATES,
  WAITING_FOR,
  type RunActivityView,
  type RunPlace,
  type RunRequest,
  type RunState,
  type RunView,
  type WorkerView,
  type WorkerWish,
} from './queue/index.js';
export {
  type Holding,
  type Holdings,
  type NewSession,
  type McpServerView,
  type Owner,
  type Page,
  type SessionRecord,
  type TranscriptMessage,
} from './session/index.js';
export { WORKSPACE_KINDS, type WorkspaceKind, type WorkspaceOrigin, type WorkspaceSource } from './workspace/index.js';
export { type SandboxPlan } from './wrapper/index.js';
export {
  EVENTS,
  type EventData,
  type EventType,
  type Frame,
  isTerminal,
  type PlacedFrame,
  READER_EVENTS,
  type ReaderEventData,
  type ReaderEventType,
  type SnapshotSegment,
} from './stream/index.js';
