import { type ClientEvents, type Frame, isFrame, type ServerEvents, type StewardClient } from '@steward/client';
import { io, type Socket } from 'socket.io-client';

/** Somebody who follows a run; resolves when its terminal event has come. */
export type Follow = (url: string, runId: string, onFrame: (frame: Frame) => void) => Promise<void>;

export const overSse =
  (client: StewardClient): Follow =>
  async (_url, runId, onFrame) => {
    for await (const item of client.follow(runId)) if (isFrame(item)) onFrame(item);
  };

/** What a followed run brings on a socket; a refusal is no event. */
type FromSocket = Parameters<ServerEvents['claude:progress' | 'claude:error']>[0];

export type BenchSocket = Socket<ServerEvents, ClientEvents>;

export async function openSocket(url: string): Promise<BenchSocket> {
  const socket: BenchSocket = io(`${url}/claude`, { transports: ['websocket'], forceNew: true, reconnection: false });
  await new Promise<void>((done, fail) => socket.once('connect', () => done()).once('connect_error', fail));
  return socket;
}

export const followOn = (socket: BenchSocket, runId: string, onFrame: (frame: Frame) => void): Promise<void> =>
  new Promise((done) => {
    const take = (item: FromSocket) => {
      if (item.id === runId && 'type' in item && isFrame(item)) onFrame(item);
    };
    const end = (item: FromSocket) => {
      take(item);
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
