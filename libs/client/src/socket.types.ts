import { type Frame, type Problem, type Run, type RunError, type RunRequest } from './api.types.js';

export type Answer<T extends object> = ({ readonly ok: true } & T) | { readonly ok: false; readonly error: Problem };
type Acknowledge<T extends object> = (answer: Answer<T>) => void;
interface RunAnswer {
  readonly id: string;
  readonly run: Run;
}

/** Events that a client sends; type parameter of socket.io-client's `Socket`. */
export interface ClientEvents {
  'claude:execute': (request: RunRequest, acknowledge: Acknowledge<RunAnswer>) => void;
  'claude:status': (body: { readonly id: string }, acknowledge: Acknowledge<RunAnswer>) => void;
  'claude:cancel': (body: { readonly id: string }, acknowledge: Acknowledge<RunAnswer>) => void;
  'claude:subscribe': (
    body: { readonly id: string; readonly after?: number },
    acknowledge: Acknowledge<RunAnswer>,
  ) => void;
  'claude:unsubscribe': (
    body: { readonly id: string },
    acknowledge: Acknowledge<{ readonly id: string; readonly followed: boolean }>,
  ) => void;
}

type SocketFrame = Frame & { readonly id: string };

/** Events that the server sends. */
export interface ServerEvents {
  'claude:queued': (place: { readonly id: string; readonly position: number }) => void;
  /** This connection took nothing for too long and is closed; subscribe again from `position`. */
  'claude:stalled': (place: { readonly id: string; readonly position: number }) => void;
  'claude:progress': (frame: SocketFrame) => void;
  'claude:complete': (frame: SocketFrame & { readonly run: Run }) => void;
  'claude:error': (frame: SocketFrame & { readonly run: Run; readonly error: RunError }) => void;
}
