import { type Endpoints } from '../http/endpoints.js';
import { SharedSocket, type SharedSocketOptions } from './shared.socket.js';
import { type Inbox } from './inbox.js';

/** Streams that a server lets one socket follow. */
const MAX_STREAMS = 100;

/** The sockets of a client: one, unless a stream is followed twice or there are more than a socket may follow. */
export class SocketPool {
  private readonly sockets = new Set<SharedSocket>();

  constructor(
    private readonly endpoints: Endpoints,
    private readonly options: Omit<SharedSocketOptions, 'url'>,
  ) {}

  /** A socket on which nobody follows this stream yet; the inbox takes what comes for it. */
  lend(stream: string, inbox: Inbox): SharedSocket {
    const fits = ({ inboxes }: SharedSocket) => !inboxes.has(stream) && inboxes.size < MAX_STREAMS;
    const socket = [...this.sockets].find(fits) ?? this.open();
    socket.inboxes.set(stream, inbox);
    return socket;
  }

  /** A socket that nobody needs is closed, so that a program can end. */
  giveBack(socket: SharedSocket, stream: string): void {
    socket.inboxes.delete(stream);
    if (socket.inboxes.size > 0) return;
    this.sockets.delete(socket);
    socket.close();
  }

  private open(): SharedSocket {
    const url = this.endpoints.current;
    const socket: SharedSocket = new SharedSocket({ ...this.options, url }, () => this.sockets.delete(socket));
    socket.opened().catch(() => this.endpoints.failed(url));
    this.sockets.add(socket);
    return socket;
  }
}
