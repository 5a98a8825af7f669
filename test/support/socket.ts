import {
  type ClientEvents,
  type Frame,
  type Problem,
  type Run,
  type RunError,
  type ServerEvents,
} from '@steward/client';
import { io, type Socket } from 'socket.io-client';
import { expect, vi } from 'vitest';

type Terminal = Frame & { readonly id: string; readonly run: Run; readonly error?: RunError };

/** A real Socket.IO client that keeps what it hears. */
export class SocketClient {
  readonly socket: Socket<ServerEvents, ClientEvents>;
  readonly places: { readonly id: string; readonly position: number }[] = [];
  private readonly frames: (Frame & { readonly id: string })[] = [];
  readonly ends: { readonly event: string; readonly payload: Terminal }[] = [];

  constructor(url: string, options: { readonly token?: string; readonly origin?: string } = {}) {
    this.socket = io(`${url}/claude`, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: options.token === undefined ? {} : { token: options.token },
      ...(options.origin === undefined ? {} : { extraHeaders: { origin: options.origin } }),
    });
    this.socket.on('claude:queued', (place) => this.places.push(place));
    // What belongs to the reader is kept among them: a test may look for its type.
    this.socket.on('claude:progress', (item) => this.frames.push(item as Frame & { readonly id: string }));
    this.socket.on('claude:complete', (payload) => this.ends.push({ event: 'claude:complete', payload }));
    this.socket.on('claude:error', (payload) =>
      this.ends.push({ event: 'claude:error', payload: payload as Terminal }),
    );
  }

  /** Resolves when the server let us in; what it said instead otherwise. */
  async connected(): Promise<Problem | null> {
    if (this.socket.connected) return null;
    return new Promise((resolve) => {
      this.socket.once('connect', () => resolve(null));
      this.socket.once('connect_error', (error) =>
        resolve((error as Error & { data?: Problem }).data ?? ({ detail: error.message } as Problem)),
      );
    });
  }

  /** Any event, with any words, and the acknowledgement. */
  async ask<T = { ok: boolean; id: string; run: Run; error: Problem }>(event: string, ...words: unknown[]): Promise<T> {
    const socket = this.socket.timeout(10_000) as unknown as { emitWithAck(...all: unknown[]): Promise<T> };
    return socket.emitWithAck(event, ...words);
  }

  /** Any event without an acknowledgement. */
  tell(event: string, ...words: unknown[]): void {
    (this.socket as unknown as { emit(...all: unknown[]): void }).emit(event, ...words);
  }

  /** Every frame of a run so far, the terminal one included. */
  framesOf(id: string): Frame[] {
    const last = this.ends.filter(({ payload }) => payload.id === id).map(({ payload }) => payload);
    return [...this.frames.filter((frame) => frame.id === id), ...last];
  }

  /** The terminal event of a run, once it has come. */
  async end(id: string, timeout = 20_000): Promise<{ readonly event: string; readonly payload: Terminal }> {
    const mine = () => this.ends.filter(({ payload }) => payload.id === id);
    await vi.waitFor(() => expect(mine()).toHaveLength(1), { timeout, interval: 10 });
    return mine()[0]!;
  }

  close(): void {
    this.socket.disconnect();
  }
}
