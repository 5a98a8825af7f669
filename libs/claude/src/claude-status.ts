import { type ClaudeStatus } from './claude-status.types.js';
import { type ClaudeConfigService } from './config/index.js';
import { type ClaudeError } from './error/index.js';
import { type ClaudeModelService } from './model/index.js';
import { type ClaudeQueueService, type QueueOperationsService, type RunWorkerService } from './queue/index.js';
import { type ClaudeSessionService } from './session/index.js';
import { type ClaudeWrapperService } from './wrapper/index.js';

interface Parts {
  readonly queue: ClaudeQueueService;
  readonly worker: RunWorkerService;
  readonly operations: QueueOperationsService;
  readonly sessions: ClaudeSessionService;
  readonly wrapper: ClaudeWrapperService;
  readonly config: ClaudeConfigService;
  readonly model: ClaudeModelService;
}

/** How the parts are at this moment. */
export async function claudeStatus(parts: Parts): Promise<ClaudeStatus> {
  const cli = await parts.wrapper.cli().then(
    (info) => ({ ok: true as const, ...info }),
    (error: ClaudeError) => ({ ok: false as const, code: error.code, message: error.message }),
  );
  // What cannot be counted while Redis is away must not hide that it is.
  const [open, sessions, breakers] = await Promise.all([
    parts.queue.openCount().catch(() => null),
    parts.sessions.openCount().catch(() => null),
    parts.operations.outages(),
  ]);
  return {
    role: parts.config.options.role,
    draining: parts.worker.isDraining,
    cli,
    credential: parts.config.hasCredential,
    model: parts.model.status,
    sandbox: parts.wrapper.knownPlan,
    runs: { running: parts.worker.running, open },
    sessions: { open: sessions },
    agentProcesses: parts.wrapper.count,
    breakers,
  };
}
