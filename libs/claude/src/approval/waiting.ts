import { WITHDRAWN } from '../command/index.js';
import { deferred } from '../stream/index.js';
import { type ApprovalRecord, type Resolution } from './approval.types.js';

/** A decision whose message was lost is found by looking. */
const LOOK_MS = 2000;
/** Longest time that a timer of Node can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface WaitingOptions {
  /** What was decided; null: nothing yet. */
  readonly find: () => Promise<Resolution | null>;
  /** Decides it for want of a person; whoever was first counts. */
  readonly decide: (why: 'timeout' | 'withdrawn') => Promise<void>;
  readonly signal: AbortSignal;
}

export interface Waiting {
  /** Never settles after `leave`, nor when the agent is gone. */
  readonly resolved: Promise<Resolution>;
  /** Looks whether it was decided. */
  look(): void;
  leave(): void;
}

/** Waits until an approval is decided: by somebody, by its deadline, or by the CLI that takes the question back. */
export function waitingFor({ deadline }: ApprovalRecord, { find, decide, signal }: WaitingOptions): Waiting {
  const decided = deferred<Resolution>();
  const leave = () => {
    clearInterval(looking);
    clearTimeout(timer);
    signal.removeEventListener('abort', aborted);
  };
  const look = () => {
    // Redis may be away for a while; the next look finds what this one did not.
    find().then(
      (resolution) => resolution && (leave(), decided.resolve(resolution)),
      () => undefined,
    );
  };
  const give = (why: 'timeout' | 'withdrawn') => void decide(why).then(look, () => undefined);
  const aborted = () => {
    if (signal.reason === WITHDRAWN) give('withdrawn');
    else leave();
  };
  const looking = setInterval(look, LOOK_MS);
  const timer = setTimeout(
    () => give('timeout'),
    Math.min(Math.max(0, Date.parse(deadline) - Date.now()), MAX_TIMER_MS),
  );
  if (signal.aborted) aborted();
  else signal.addEventListener('abort', aborted, { once: true });
  // An answer may have come before anybody listened.
  look();
  return { resolved: decided.promise, look, leave };
}
