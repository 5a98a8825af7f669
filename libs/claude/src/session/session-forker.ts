import { Injectable } from '@nestjs/common';
import { v4 as randomUuid } from 'uuid';
import { newSessionId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { GrowingPlaces } from './growing-places.js';
import { SessionAnswersStore } from './session-answers.store.js';
import { SessionCopier } from './session-copier.js';
import { SessionLender } from './session-lender.js';
import { SessionStore } from './session.store.js';
import { type NewSession, type SessionRecord } from './session.types.js';

/** A run that is about to end is waited for. */
const FORK_WAIT_MS = 5000;
const always = (): Promise<boolean> => Promise.resolve(true);

/** Branches a session: its conversation and its workspace. */
@Injectable()
export class SessionForker {
  constructor(
    private readonly store: SessionStore,
    private readonly places: GrowingPlaces,
    private readonly copier: SessionCopier,
    private readonly lender: SessionLender,
    private readonly answers: SessionAnswersStore,
  ) {}

  /**
   * A new session with a copy of this one's workspace and conversation; the original stays as it is. Call it for a
   * session in which nothing runs.
   *
   * @throws ClaudeError `session.busy` when something still runs in it, `session.limit_reached`, `workspace.*`; nothing is left then
   */
  async fork(
    original: SessionRecord,
    options: NewSession,
    record: (copy: SessionRecord) => Promise<SessionRecord>,
  ): Promise<SessionRecord> {
    const id = options.id ?? newSessionId();
    const hold = await this.lender.hold(original.id, `fork-${id}`, FORK_WAIT_MS, { runId: null, wanted: always });
    if (!hold) throw new ClaudeError('session.busy');
    try {
      return await this.places.grow(id, async () => {
        const source = await this.store.get(original.id);
        // It was closed while it was waited for.
        if (!source) throw new ClaudeError('session.not_found');
        const cliSessionId = randomUuid();
        const bytes = await this.copier.copy(source, { place: id, cliSessionId });
        const now = new Date().toISOString();
        await this.answers.copy(source.id, id);
        const used = { runs: 0, crashes: 0, unhealthyUntil: null, createdAt: now, lastUsedAt: now };
        // What people allowed they allowed in the original.
        const fresh = { ...used, uid: null, grownToBytes: 0, allowed: [] };
        const copy = { ...source, ...fresh, id, place: id, cliSessionId };
        const metadata = options.metadata ?? source.metadata;
        return record({ ...copy, bytes, state: 'hibernated', passing: false, forkedFrom: source.id, metadata });
      });
    } finally {
      await this.lender.giveBack(hold, null);
    }
  }
}
