import { type StewardClient } from '@steward/client';
import { io, type Socket } from 'socket.io-client';

/** What the benches look at; a snapshot or a gap would have no seq. */
export interface Frame {
  readonly fromSeq: number;
  readonly seq: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Somebody who follows a run; resolves when its terminal event has come. */
export type Follow = (url: string, runId: string, onFrame: (frame: Frame) => void) => Promise<void>;

export const overSse =
  (client: StewardClient): Follow =>
  async (_url, runId, onFrame) => {
    for await (const item of client.follow(runId)) if ('seq' in item) onFrame(item);
  };

export type BenchSocket = Socket;

export async function openSocket(url: string): Promise<BenchSocket> {
  const socket: BenchSocket = io(`${url}/claude`, { transports: ['websocket'], forceNew: true, reconnection: false });
  await new Promise<void>((done, fail) => socket.once('connect', () => done()).once('connect_error', fail));
  return socket;
}

export const followOn = (socket: BenchSocket, runId: string, onFrame: (frame: Frame) => void): Promise<void> =>
  new Promise((done) => {
    const take = (frame: Frame & { readonly id: string }) => {
      if (frame.id === runId) onFrame(frame);
    };
    const end = (frame: Frame & { readonly id: string }) => {
      take(frame);
      done();
    };
    socket.on('claude:progress', take);
    socket.once('claude:complete', end);
    socket.once('claude:error', end);
    void socket.emitWithAck('claude:subscribe', { id: runId, after: 0 });
  });

export const overSocket: Follow = async (url, runId, onFrame) => {
  const socket = await openSocket(url);
  await followOn(socket, runId, onFrame);
  socket.disconnect();
};
