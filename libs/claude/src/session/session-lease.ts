import { ClaudeError } from '../error/index.js';
import { type Redis } from 'ioredis';
import { RedisScript } from '@steward/redis';
import { leaseKey, sessionKey } from './session-keys.js';

/** KEYS lease, session. ARGV holder, leaseMs. Answers the session's next epoch, 0 where there is no such session; nil when it is held. */
const TAKE = new RedisScript<number | null>(
  'lease_take',
  2,
  `if not redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return nil end
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[2], 'epoch', 1)`,
);

/** KEYS lease. ARGV holder, leaseMs. Answers 1 while it is still the holder's. */
const RENEW = new RedisScript<number>(
  'lease_renew',
  1,
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
);

const RELEASE = new RedisScript<number>(
  'lease_release',
  1,
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
);

/** Parts of the lease's time: between two looks, and after which the next look renews it; that is a third at the latest. */
const LOOK_PART = 1 / 12;
const RENEW_PART = 1 / 4;
/** With so much left it is given up. */
const GIVE_UP_PART = 1 / 5;

/** Whose it is, and for how long. */
export interface LeaseTerms {
  /** Unique to this take. */
  readonly holder: string;
  readonly leaseMs: number;
}

export interface LeaseOptions extends LeaseTerms {
  readonly sessionId: string;
}

/**
 * The right to act on a session's workspace and conversation. Renewed at a third of its time while this event loop
 * advances; when it could not be renewed in time, `lost` aborts before anybody else can have it: with a fifth left, in which
 * the agent process is ended. A process that stood still for two fifths of its time goes on with it.
 */
export class SessionLease {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private validUntil: number;
  private asking = false;

  private constructor(
    private readonly redis: Redis,
    private readonly options: LeaseOptions,
    /** Grows with each take; what is written with an older one has no effect. */
    readonly epoch: number,
  ) {
    this.validUntil = performance.now() + options.leaseMs;
    this.timer = setInterval(() => void this.renew(), options.leaseMs * LOOK_PART);
  }

  /** Null when somebody else has it. */
  static async take(redis: Redis, options: LeaseOptions): Promise<SessionLease | null> {
    const { sessionId, holder, leaseMs } = options;
    const epoch = await TAKE.run(redis, [leaseKey(sessionId), sessionKey(sessionId)], [holder, leaseMs]);
    return epoch === null ? null : new SessionLease(redis, options, epoch);
  }

  /** The one that a session was made with. */
  static ofNew(redis: Redis, options: LeaseOptions): SessionLease {
    return new SessionLease(redis, options, 1);
  }

  get lost(): AbortSignal {
    return this.controller.signal;
  }

  /**
   * Resolves once Redis has said that it is still held, and renewed it; waits for a Redis that is away.
   *
   * @throws ClaudeError `session.lost` when it is another's, or its time was over before an answer came
   */
  async confirm(): Promise<void> {
    this.lost.throwIfAborted();
    let give = (): void => undefined;
    const lost = new Promise<never>((_resolve, reject) => (give = () => reject(this.lost.reason as Error)));
    this.lost.addEventListener('abort', give);
    try {
      await Promise.race([this.ask(performance.now()), lost]);
    } finally {
      // One lease confirms every tool call of a session.
      this.lost.removeEventListener('abort', give);
    }
    this.lost.throwIfAborted();
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await RELEASE.run(this.redis, [leaseKey(this.options.sessionId)], [this.options.holder]);
  }

  /**
   * The clock decides and not an answer: where only this worker cannot reach Redis, its question waits, while another
   * one may take the lease as soon as its time is over.
   */
  private async renew(): Promise<void> {
    const { leaseMs } = this.options;
    const asked = performance.now();
    const leftMs = this.validUntil - asked;
    if (leftMs < leaseMs * GIVE_UP_PART) this.lose();
    if (this.asking || this.lost.aborted || leftMs > leaseMs * (1 - RENEW_PART)) return;
    this.asking = true;
    try {
      await this.ask(asked);
    } catch {
      // The next tick asks again, as long as there is time.
    } finally {
      this.asking = false;
    }
  }

  private async ask(asked: number): Promise<void> {
    const { sessionId, holder, leaseMs } = this.options;
    const kept = await RENEW.run(this.redis, [leaseKey(sessionId)], [holder, leaseMs]);
    if (kept === 1) this.validUntil = Math.max(this.validUntil, asked + leaseMs);
    else this.lose();
  }

  private lose(): void {
    clearInterval(this.timer);
    this.controller.abort(new ClaudeError('session.lost', { sessionId: this.options.sessionId }));
  }
}
