import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionLender } from './session-lender.js';
import { SessionStore } from './session.store.js';
import { type SessionRecord } from './session.types.js';
import { Turns } from './turns.js';

/** How long the first file of a session waits for a run that begins just now. */
const WAIT_MS = 15_000;

/** What was put, and how many bytes of what was there went with it. */
interface Freed {
  readonly replaced: number;
}

/** A workspace that somebody wants to put files into. */
export interface WritableWorkspace {
  readonly path: string;
  /** On the same disk, where the agent does not look. */
  readonly incoming: string;
  /**
   * Does what takes so many bytes more, one after the other; from then on they count.
   *
   * @throws ClaudeError `files.quota_exceeded` where the session, `workspace.*` where its owner or all may not have them
   */
  readonly inRoom: <T extends Freed>(bytes: number, put: () => Promise<T>) => Promise<T>;
}

/** The workspaces of sessions for those who look into them from outside, at any time: a run may be using them. */
@Injectable()
export class SessionWorkspaces {
  private readonly turns = new Turns();

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
    const inRoom = <T extends Freed>(bytes: number, put: () => Promise<T>) =>
      this.turns.take(session.id, () => this.inRoom(session, place, bytes, put));
    return { path, incoming: join(dirname(path), 'incoming'), inRoom };
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

  /** Something in it was removed. */
  async shrunk({ id, place }: SessionRecord): Promise<void> {
    await this.turns.take(id, async () => this.store.used(id, { bytes: await this.folders.bytes(place) }));
  }

  private async inRoom<T extends Freed>(
    { id, owner }: SessionRecord,
    place: string,
    bytes: number,
    put: () => Promise<T>,
  ): Promise<T> {
    const { maxWorkspaceBytes: limitBytes, maxOwnerWorkspaceBytes, maxTotalWorkspaceBytes } = this.config.options;
    const before = await this.folders.bytes(place);
    if (limitBytes > 0 && before + bytes > limitBytes) throw new ClaudeError('files.quota_exceeded', { limitBytes });
    // They are its own before they are there: other sessions of the owner grow at the same time.
    const limits = { ownerBytes: maxOwnerWorkspaceBytes, allBytes: maxTotalWorkspaceBytes };
    await this.store.grow(id, owner, before + bytes, limits);
    let after = before;
    try {
      const done = await put();
      after = Math.max(0, before + bytes - done.replaced);
      return done;
    } finally {
      await this.store.used(id, { bytes: after });
    }
  }
}
