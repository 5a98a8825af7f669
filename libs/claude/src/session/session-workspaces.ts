import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionLender } from './session-lender.js';
import { SessionStore } from './session.store.js';
import { type SessionRecord } from './session.types.js';

/** How long the first file of a session waits for a run that begins just now. */
const WAIT_MS = 15_000;

/** A workspace that somebody wants to put files into. */
export interface WritableWorkspace {
  readonly path: string;
  /** On the same disk, where the agent does not look. */
  readonly incoming: string;
  /** @throws ClaudeError `files.quota_exceeded` when the session may not have so many bytes more */
  readonly checkQuota: (bytes: number) => Promise<void>;
}

/** The workspaces of sessions for those who look into them from outside, at any time: a run may be using them. */
@Injectable()
export class SessionWorkspaces {
  constructor(
    private readonly config: ClaudeConfigService,
    private readonly store: SessionStore,
    private readonly folders: SessionFolderStore,
    private readonly lender: SessionLender,
  ) {}

  /** Null while there is none, since nothing has run in the session. */
  async find({ place }: SessionRecord): Promise<string | null> {
    return (await this.folders.exists(place)) ? this.folders.paths(place).workspace : null;
  }

  /**
   * Makes it where it is not there yet.
   *
   * @throws ClaudeError `session.busy`, `session.not_found`
   */
  async writable(session: SessionRecord): Promise<WritableWorkspace> {
    const { place } = (await this.folders.exists(session.place)) ? session : await this.make(session);
    const { workspace: path } = this.folders.paths(place);
    const checkQuota = (bytes: number) => this.checkQuota(place, bytes);
    return { path, incoming: join(dirname(path), 'incoming'), checkQuota };
  }

  /** Under the lease: a first run that begins meanwhile may bring a folder of its own. */
  private async make({ id }: SessionRecord): Promise<SessionRecord> {
    const lease = await this.lender.lease(id, `files-${randomUUID()}`, WAIT_MS);
    try {
      const session = await this.store.get(id);
      if (!session) throw new ClaudeError('session.not_found');
      if (await this.folders.exists(session.place)) return session;
      if (!lease) throw new ClaudeError('session.busy');
      await this.folders.create(session.place, session.uid);
      return session;
    } finally {
      await lease?.release();
    }
  }

  private async checkQuota(place: string, bytes: number): Promise<void> {
    const { maxWorkspaceBytes: limitBytes } = this.config.options;
    if (limitBytes > 0 && (await this.folders.bytes(place)) + bytes > limitBytes)
      throw new ClaudeError('files.quota_exceeded', { limitBytes });
  }
}
