import { type SessionLease } from './session-lease.js';
import { type WarmProcess } from './warm-process.js';

/** A session's process that waits for its next run, and the right to act on the session with it. */
export interface HotSession {
  readonly sessionId: string;
  readonly lease: SessionLease;
  readonly process: WarmProcess;
}

interface Shelved extends HotSession {
  readonly since: number;
  /** No longer watches for its end. */
  readonly unwatch: () => void;
}

/** Hot sessions by their last use. What is taken from here, or falls from here, is somebody else's to end. */
export class HotShelf {
  /** A map keeps the order of insertion, which is that of the last use. */
  private readonly hot = new Map<string, Shelved>();

  /** @param fallen a process that died here, or whose lease was lost */
  constructor(private readonly fallen: (hot: HotSession, why: 'died' | 'lost') => void) {}

  get size(): number {
    return this.hot.size;
  }

  get memoryBytes(): number {
    return [...this.hot.values()].reduce((sum, { process }) => sum + process.agent.memoryBytes, 0);
  }

  put(hot: HotSession): void {
    const { sessionId, lease, process } = hot;
    let watching = true;
    const fall = (why: 'died' | 'lost') => {
      if (watching && this.take(sessionId)) this.fallen(hot, why);
    };
    const lost = () => fall('lost');
    lease.lost.addEventListener('abort', lost, { once: true });
    const unwatch = () => {
      watching = false;
      lease.lost.removeEventListener('abort', lost);
    };
    this.hot.set(sessionId, { ...hot, since: performance.now(), unwatch });
    void process.agent.exited.then(() => fall('died'));
    if (lease.lost.aborted) lost();
  }

  has(sessionId: string): boolean {
    return this.hot.has(sessionId);
  }

  take(sessionId: string): HotSession | null {
    const found = this.hot.get(sessionId);
    if (!found) return null;
    this.hot.delete(sessionId);
    found.unwatch();
    return found;
  }

  /** The one that was not used for the longest time. */
  takeOldest(): HotSession | null {
    const [first] = this.hot.keys();
    return first === undefined ? null : this.take(first);
  }

  /** Those that were not used for so long, or are too old. */
  takeIdle(idleMs: number, maxAgeMs: number): { hot: HotSession; why: 'idle' | 'age' }[] {
    const now = performance.now();
    const found: { hot: HotSession; why: 'idle' | 'age' }[] = [];
    for (const { sessionId, since, process } of this.hot.values()) {
      const why = now - since > idleMs ? 'idle' : process.ageMs > maxAgeMs || process.agent.isWorn ? 'age' : null;
      const hot = why && this.take(sessionId);
      if (hot) found.push({ hot, why });
    }
    return found;
  }
}
