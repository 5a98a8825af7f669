import { type Frame, type ReaderEvent, type TerminalType } from '../event.types.js';
import { type Problem, type Run, type RunRequest, type Session } from '../generated/api.generated.js';
import { type Approval, type ApprovalAnswer, type InputAnswer, type RunInput } from '../generated/api.generated.js';
import { type RunError } from '../generated/event-shapes.generated.js';

export type Answer<T extends object> = ({ readonly ok: true } & T) | { readonly ok: false; readonly error: Problem };
type Acknowledge<T extends object> = (answer: Answer<T>) => void;
interface RunAnswer {
  readonly id: string;
  readonly run: Run;
}

/** What a socket follows: exactly one of a run, a session, and all that is one's own. */
export type Followed = { readonly id: string } | { readonly sessionId: string } | { readonly feed: true };

export interface SubscribeFilters {
  readonly after?: number | string;
  readonly types?: readonly string[];
  readonly deltas?: boolean;
}

/** A run's subscription answers the run, a session's the session. */
export interface Subscribed {
  readonly run?: Run;
  /** Of a run: those that wait for an answer. */
  readonly approvals?: readonly Approval[];
  readonly session?: Session;
  /** Where a wider stream begins for this reader. */
  readonly position?: string;
}

/** Events that a client sends; type parameter of socket.io-client's `Socket`. */
export interface ClientEvents {
  'claude:execute': (request: RunRequest, acknowledge: Acknowledge<RunAnswer>) => void;
  'claude:status': (body: { readonly id: string }, acknowledge: Acknowledge<RunAnswer>) => void;
  'claude:cancel': (body: { readonly id: string }, acknowledge: Acknowledge<RunAnswer>) => void;
  'claude:interrupt': (body: { readonly id: string }, acknowledge: Acknowledge<RunAnswer>) => void;
  'claude:approve': (
    body: ApprovalAnswer & { readonly id: string; readonly approvalId: string },
    acknowledge: Acknowledge<{ readonly id: string; readonly approval: Approval }>,
  ) => void;
  'claude:input': (
    body: RunInput & { readonly id: string },
    acknowledge: Acknowledge<InputAnswer & { readonly id: string }>,
  ) => void;
  'claude:subscribe': (body: Followed & SubscribeFilters, acknowledge: Acknowledge<Subscribed>) => void;
  'claude:unsubscribe': (body: Followed, acknowledge: Acknowledge<{ readonly followed: boolean }>) => void;
}

/** What goes with every item on a socket: the run, and for wider streams which one it is and the place in it. */
interface OnSocket {
  readonly id: string;
  readonly stream?: string;
  readonly position?: string;
}

export type SocketItem = (Frame & OnSocket) | (ReaderEvent & Omit<OnSocket, 'id'> & { readonly id: string | null });
type SocketEnd = Frame<TerminalType> & OnSocket & { readonly run: Run };

/** A message that asked for no acknowledgement was refused, or following ended early. */
export interface SocketRefusal {
  readonly id: string | null;
  readonly stream?: string;
  readonly error: Problem;
}

/** Events that the server sends. */
export interface ServerEvents {
  'claude:queued': (place: { readonly id: string; readonly position: number }) => void;
  /** This connection took nothing for too long and is closed; subscribe again from `position`. */
  'claude:stalled': (place: {
    readonly id: string | null;
    readonly stream?: string;
    readonly position: number | string;
  }) => void;
  /** The session that was followed is closed. */
  'claude:closed': (end: { readonly stream: string }) => void;
  'claude:progress': (item: SocketItem) => void;
  /** An approval of a followed run was requested or decided; its frame comes as `claude:progress`, too. */
  'claude:approval': (frame: Frame<'approval.requested' | 'approval.resolved'> & OnSocket) => void;
  'claude:complete': (frame: SocketEnd) => void;
  'claude:error': (frame: (SocketEnd & { readonly error: RunError }) | SocketRefusal) => void;
}
