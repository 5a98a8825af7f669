export { ClaudeQueueService } from './claude-queue.service.js';
export { QueueModule } from './queue.module.js';
export {
  BUSY_POLICIES,
  type BusyPolicy,
  DEGRADE_STEPS,
  type Degraded,
  FALLBACK_MODES,
  type FallbackMode,
  OUTAGE_MODES,
  type OutageMode,
  RUN_STATES,
  type RunPlace,
  type RunRequest,
  type RunState,
  type RunView,
  WAITING_FOR,
  type WaitingFor,
} from './run.types.js';
export { type CleanUp, type CleanUpView } from './clean-up.types.js';
export { ACTIVITIES, type Activity, type RunActivityView } from './run-activity.types.js';
export { runContext } from './run-context.js';
export { type RunFilter } from './run.store.js';
export { type BoardServer, QueueOperationsService } from './queue-operations.service.js';
export { type QueueView, type WorkerView, type WorkerWish } from './worker.types.js';
export { RunControlService } from './run-control.service.js';
export { RunWorkerService } from './run-worker.service.js';
