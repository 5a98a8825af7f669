import { type INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { type Server, type ServerOptions } from 'socket.io';
import { runBodyBytes } from '../config/body-bytes.js';
import { type Options } from '../config/options.js';
import { isSameOrigin } from '../auth/origin.js';

/** Engine.IO with what the gateway relies on: WebSocket only, so that no sticky sessions are needed, and bounds. */
export class StewardIoAdapter extends IoAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly options: Options,
  ) {
    super(app);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    return super.createIOServer(port, {
      ...options,
      transports: ['websocket'],
      serveClient: false,
      // What is larger than a message may be is answered; what is beyond any sense ends the connection.
      maxHttpBufferSize: Math.max(4 * this.options.maxBodyBytes, 2 * runBodyBytes(this.options)),
      // Who opens a connection and never enters the namespace, where it has to say who it is.
      connectTimeout: 10_000,
      pingInterval: this.options.socketPingMs,
      pingTimeout: Math.ceil((this.options.socketPingMs * 4) / 3),
      // Browsers do not guard sockets as they guard requests: a page of another site could open one.
      allowRequest: (request, decide) => decide(null, isSameOrigin(request.headers)),
    } as ServerOptions);
  }
}
