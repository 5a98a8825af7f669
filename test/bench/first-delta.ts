import { type RunRequest, type StewardClient } from '@steward/client';
import { type BenchSocket, type Frame } from './readers.js';

interface First {
  readonly runId: string;
  /** From the moment that the request is sent to the first text that the client has. */
  readonly firstMs: number;
}

export type FirstDelta = (request: RunRequest) => Promise<First>;

/** Submits a run and follows it; resolves when it has ended. */
export const firstOverSse =
  (client: StewardClient): FirstDelta =>
  async (request) => {
    const began = performance.now();
    let firstMs = Number.NaN;
    const { id } = await client.submit(request);
    for await (const item of client.follow(id)) {
      if (item.type === 'text.delta' && Number.isNaN(firstMs)) firstMs = performance.now() - began;
    }
    return { runId: id, firstMs };
  };

/** The same with the run's frames on the socket that asked for it. */
export const firstOverSocket =
  (socket: BenchSocket): FirstDelta =>
  (request) =>
    new Promise((done) => {
      const began = performance.now();
      let firstMs = Number.NaN;
      const take = ({ type }: Frame) => {
        if (type === 'text.delta' && Number.isNaN(firstMs)) firstMs = performance.now() - began;
      };
      const end = ({ id }: { readonly id: string }) => {
        socket.off('claude:progress', take);
        done({ runId: id, firstMs });
      };
      socket.on('claude:progress', take);
      socket.once('claude:complete', end);
      socket.once('claude:error', end);
      void socket.emitWithAck('claude:execute', request);
    });
