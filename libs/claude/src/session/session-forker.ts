import { Injectable } from '@nestjs/common';
import { v4 as randomUuid } from 'uuid';
import { newSessionId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { SessionCopier } from './session-copier.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionLender } from './session-lender.js';
import { SessionStore } from './session.store.js';
import { type NewSession, type SessionRecord } from './session.types.js';
import { SpareStore } from './spare.store.js';

/** A run that is about to end is waited for. */
const FORK_WAIT_MS = 2000;
/** How long the folder of a fork is still taken for one that grows. */
const FORK_OWNER_MS = 30_000;
const always = (): Promise<boolean> => Promise.resolve(true);

/** Branches a session: its conversation and its workspace. */
@Injectable()
export class SessionForker {
  constructor(
    private readonly store: SessionStore,
    private readonly folders: SessionFolderStore,
    private readonly spares: SpareStore,
    private readonly copier: SessionCopier,
    private readonly lender: SessionLender,
  ) {}

  /**
   * A new session with a copy of this one's workspace and conversation; the original stays as it is. Call it for a
   * session in which nothing runs.
   *
   * @throws ClaudeError `session.busy` when something still runs in it, `session.limit_reached`; nothing is left then
   */
  async fork(
    original: SessionRecord,
    options: NewSession,
    record: (copy: SessionRecord) => Promise<SessionRecord>,
  ): Promise<SessionRecord> {
    const id = options.id ?? newSessionId();
    const hold = await this.lender.hold(original.id, `fork-${id}`, FORK_WAIT_MS, { runId: null, wanted: always });
    if (!hold) throw new ClaudeError('session.busy');
    const worker = `fork-${id}`;
    const renew = () => this.spares.renew(worker, FORK_OWNER_MS).catch(() => undefined);
    await renew();
    const renewal = setInterval(() => void renew(), FORK_OWNER_MS / 3);
    try {
      const source = (await this.store.get(original.id)) ?? original;
      const cliSessionId = randomUuid();
      // Found and removed by the clean-up if this does not come to its end.
      await this.spares.add(id, worker);
      await this.copier.copy(source, { place: id, cliSessionId });
      const now = new Date().toISOString();
      const copy = { ...source, id, place: id, cliSessionId, uid: null, runs: 0, createdAt: now, lastUsedAt: now };
      const metadata = options.metadata ?? source.metadata;
      const forked = await record({
        ...copy,
        state: 'hibernated',
        passing: false,
        forkedFrom: source.id,
        metadata,
      });
      await this.spares.remove(id);
      return forked;
    } catch (error) {
      if (!(await this.store.get(id).catch(() => null))) await this.folders.remove(id);
      throw error;
    } finally {
      clearInterval(renewal);
      await this.spares.retire(worker).catch(() => undefined);
      await this.lender.giveBack(hold, null);
    }
  }
}
