import { Injectable } from '@nestjs/common';
import { v4 as randomUuid } from 'uuid';
import { ClaudeConfigService, newSessionId } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeWorkspaceService, EMPTY, EMPTY_ORIGIN } from '../workspace/index.js';
import { GrowingPlaces } from './growing-places.js';
import { SessionFolderStore } from './session-folders.js';
import { type LeaseTerms } from './session-lease.js';
import { type Limits, SessionStore } from './session.store.js';
import { type NewSession, type Owner, type SessionRecord } from './session.types.js';

/** Within this time the run comes for which a session was made. */
const FOR_RUN_MS = 30_000;

/** Makes sessions, with what their workspace begins with. */
@Injectable()
export class SessionMaker {
  constructor(
    private readonly store: SessionStore,
    private readonly folders: SessionFolderStore,
    private readonly places: GrowingPlaces,
    private readonly workspaces: ClaudeWorkspaceService,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /**
   * @param lease of who acts on it from the beginning
   * @throws ClaudeError `session.limit_reached`, `session.total_reached`, `workspace.*`; nothing is left then
   */
  async make(owner: Owner, options: NewSession, lease: LeaseTerms | null = null): Promise<SessionRecord> {
    const { workspace = EMPTY } = options;
    const id = options.id ?? newSessionId();
    const now = new Date().toISOString();
    const fresh: SessionRecord = {
      id,
      owner: { tenant: owner.tenant, user: owner.user },
      state: 'idle',
      createdAt: now,
      lastUsedAt: now,
      runs: 0,
      cliSessionId: randomUuid(),
      uid: null,
      grownToBytes: 0,
      workspace: EMPTY_ORIGIN,
      bytes: 0,
      place: id,
      passing: options.passing ?? false,
      forkedFrom: null,
      metadata: options.metadata ?? {},
      allowed: [],
      crashes: 0,
      unhealthyUntil: null,
    };
    // Its folder is made with its first process, or is that of a spare one.
    if (workspace.kind === 'empty') return this.record(fresh, options.forRun, lease);
    this.workspaces.check(workspace);
    await this.checkRoom(owner);
    return this.places.grow(id, async () => {
      const { workspace: folder } = await this.folders.create(id, null);
      const { origin, bytes } = await this.workspaces.prepare({ source: workspace, folder, branch: `session/${id}` });
      return this.record({ ...fresh, workspace: origin, bytes }, options.forRun, lease);
    });
  }

  /** Before anything is copied for one more that would be refused. @throws ClaudeError as `make` */
  checkRoom(owner: Owner): Promise<void> {
    return this.store.checkRoom(owner, this.limits);
  }

  /** @throws ClaudeError as `make` */
  async record(record: SessionRecord, forRun = false, lease: LeaseTerms | null = null): Promise<SessionRecord> {
    // One that nobody may ever hear of is the next that the clean-up takes for unused; its first run ends that.
    const aheadMs = forRun ? Math.max(0, this.config.options.sessionRetentionMs - FOR_RUN_MS) : 0;
    await this.store.create(record, this.limits, { usedAt: Date.now() - aheadMs, lease });
    this.metrics.count('sessionsCreated');
    return record;
  }

  private get limits(): Limits {
    const { maxSessions, maxSessionsTotal, maxOwnerWorkspaceBytes, maxTotalWorkspaceBytes } = this.config.options;
    return {
      owner: maxSessions,
      all: maxSessionsTotal,
      ownerBytes: maxOwnerWorkspaceBytes,
      allBytes: maxTotalWorkspaceBytes,
    };
  }
}
