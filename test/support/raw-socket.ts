import { once } from 'node:events';
import { Manager } from 'socket.io-client';

/** A connection whose packets are written by hand: what no client library would say. */
export interface RawSocket {
  /** Packets that came, as text. */
  readonly heard: readonly string[];
  readonly closed: Promise<unknown>;
  /** Sends packets of Socket.IO (`0/claude,`: let me in), one right after the other. */
  say(...packets: readonly string[]): void;
}

export async function openRawSocket(url: string): Promise<RawSocket> {
  const manager = new Manager(url, { transports: ['websocket'], reconnection: false, autoConnect: false });
  const heard: string[] = [];
  const closed = new Promise((done) => manager.once('close', done));
  manager.open();
  manager.engine.on('message', (packet: unknown) => heard.push(String(packet)));
  await once(manager.engine as unknown as NodeJS.EventEmitter, 'open');
  return { heard, closed, say: (...packets) => packets.forEach((packet) => manager.engine.write(packet)) };
}
