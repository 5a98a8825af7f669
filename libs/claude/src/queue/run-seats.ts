import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ClaudeSessionService, type Owner, type SessionHold, type SessionRecord } from '../session/index.js';
import { RunCarrier } from './run-carrier.js';
import { type Claim } from './run.store.js';
import { type RunRequest } from './run.types.js';

/** Where a run that is being accepted is to happen. */
export interface Seat {
  readonly sessionId: string;
  /** The session, where it was made for this run. */
  readonly made: SessionRecord | null;
  /** The right to act on it, with a place on this worker: what it takes to begin at once. */
  readonly hold: SessionHold | null;
}

/**
 * A run that need not wait begins with its acceptance, where this worker has a place for it and may act on its session: its
 * process waits here, or nobody can know of it yet.
 */
@Injectable()
export class RunSeats {
  private readonly logger = new Logger('Run');

  constructor(
    private readonly sessions: ClaudeSessionService,
    private readonly carrier: RunCarrier,
  ) {}

  /**
   * The session of a run, a new one where it has none.
   *
   * @param mayBegin whether it may begin here, if there is a place
   * @throws ClaudeError `session.*`, `workspace.*`
   */
  async take(request: RunRequest, owner: Owner, mayBegin: boolean): Promise<Seat> {
    const { sessionId, startAt } = request;
    const has = mayBegin && startAt === undefined && this.carrier.tryPlace();
    if (sessionId === undefined) return this.make(request, owner, has);
    const hold = has ? this.sessions.holdHot(sessionId) : null;
    if (has && !hold) this.carrier.freePlace();
    return { sessionId, made: null, hold };
  }

  private async make(request: RunRequest, owner: Owner, has: boolean): Promise<Seat> {
    const options = { passing: request.keepSession === false, workspace: request.workspace, forRun: true };
    try {
      const { session, hold } = has
        ? await this.sessions.createHeld(owner, options)
        : { session: await this.sessions.create(owner, options), hold: null };
      return { sessionId: session.id, made: session, hold };
    } catch (error) {
      if (has) this.carrier.freePlace();
      throw error;
    }
  }

  /** The run was claimed, and begins. Its prompt has the longer way: it goes before the answer to who asked. */
  async begin(claim: Claim, { sessionId, made, hold }: Seat): Promise<void> {
    const find = () => (made ? Promise.resolve(made) : this.sessions.find(sessionId));
    if (hold) this.carrier.carrySeated(claim, hold, find);
    await nextTurn();
  }

  /** It does not begin here and now. Never throws: a lease that could not be given back runs out. Waits for a Redis that is away. */
  async leave({ sessionId, hold }: Seat): Promise<void> {
    if (!hold) return;
    this.carrier.freePlace();
    await this.sessions.leave(hold).catch((error: Error) => {
      this.logger.warn({ sessionId, reason: error.message }, 'a session could not be given back');
    });
  }

  /** Nobody will ever hear of a session that was made for a run which is refused, or was accepted before. Never throws. */
  async drop({ sessionId, made }: Seat): Promise<void> {
    if (!made) return;
    await this.sessions.remove(made).catch((error: Error) => {
      this.logger.warn({ sessionId, reason: error.message }, 'a session that nobody knows could not be removed');
    });
  }
}
