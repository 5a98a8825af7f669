export { ClaudeStreamService, type HistoryOptions } from './claude-stream.service.js';
export { type Deferred, deferred } from './deferred.js';
export {
  type EventData,
  EVENTS,
  type EventType,
  isTerminal,
  type Metering,
  type ModelCost,
  type ModelRequestFigures,
  type NewEvent,
  type RunResult,
  type TerminalEventType,
  type Usage,
  type UsageByModel,
  type UsageDifference,
} from './event.schema.js';
export { type Frame, type LogHead, type RecordPatch } from './frame.types.js';
export { type TextPiece } from './log-pieces.js';
export { type LoggedTool, type LogSurvey } from './log-survey.js';
export { LogWriter } from './log-writer.js';
export { type PlacedFrame, type WideFollowOptions, type WideFrames } from './placed-frame.types.js';
export {
  READER_EVENTS,
  type ReaderEventData,
  type ReaderEventType,
  type SnapshotSegment,
} from './reader-event.schema.js';
export { RunLogStore } from './run-log.store.js';
export { type FollowOptions } from './run-reader.js';
export * from './stream-keys.js';
export { StreamModule } from './stream.module.js';
