import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from './config/index.js';
import { ClaudePressureService, type PressureStatus } from './pressure/index.js';
import { runContext, RunWorkerService } from './queue/index.js';
import { ClaudeSessionService, type Owner, type SessionRecord } from './session/index.js';

/** What an app needs to know and do about what is not well. */
@Injectable()
export class ClaudeGuardService {
  constructor(
    private readonly pressure: ClaudePressureService,
    private readonly sessions: ClaudeSessionService,
    private readonly worker: RunWorkerService,
    private readonly config: ClaudeConfigService,
  ) {}

  /** What this process is short of; new work is refused while it is. */
  get status(): PressureStatus {
    return this.pressure.status;
  }

  /** The run in the middle of which this is asked; null outside of one. */
  get currentRun(): string | null {
    return runContext.current;
  }

  /** Texts that must appear in no log, event or answer. */
  get secrets(): readonly string[] {
    return this.config.secrets;
  }

  /**
   * A session whose agent process crashed too often is tried again, from its next run on.
   *
   * @throws ClaudeError `session.not_found`
   */
  recoverSession(id: string, owner: Owner): Promise<SessionRecord> {
    return this.sessions.recover(id, owner);
  }

  /**
   * Gives all running runs to other workers at once, and takes nothing new: this process cannot be trusted any more.
   *
   * @param culprit run in which it happened, which counts as one that its worker died with; null where nobody knows
   */
  abandon(culprit: string | null): Promise<void> {
    return this.worker.abandon(culprit);
  }
}
