import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLost } from '../http/connection-lost.error.js';
import { Inbox } from './inbox.js';
import { SharedSocket } from './shared.socket.js';

/** A server that opens connections and lets nobody in: as one that is stopped, or dies, right then. */
describe('a socket that is opened and never let in', () => {
  let io: Server;
  let url: string;
  let asked: Promise<void>;

  beforeEach(async () => {
    const http = createServer();
    io = new Server(http, { transports: ['websocket'] });
    asked = new Promise((resolve) => io.of('/claude').use(() => resolve()));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  afterEach(() => io.close());

  const open = (timeoutMs: number) => {
    const lost: string[] = [];
    const socket = new SharedSocket({ url, key: undefined, silenceMs: 60_000, timeoutMs }, () => lost.push('lost'));
    const inbox = new Inbox();
    socket.inboxes.set('run', inbox);
    return { socket, lost };
  };

  it('is lost when its server dies', async () => {
    const { socket, lost } = open(60_000);
    await asked;
    io.engine.close();
    await expect(socket.opened()).rejects.toBeInstanceOf(ConnectionLost);
    expect(lost).not.toEqual([]);
  });

  it('is lost when its server does not answer in time', async () => {
    const { socket, lost } = open(200);
    await asked;
    await expect(socket.opened()).rejects.toBeInstanceOf(ConnectionLost);
    expect(lost).not.toEqual([]);
  });
});
