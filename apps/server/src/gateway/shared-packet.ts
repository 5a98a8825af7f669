import { type Socket } from 'socket.io';

/** `2/claude,`: an event of the namespace, as Socket.IO's parser writes it (protocol 5). */
const EVENT = '2/claude,';
/** Engine.IO's type of a message, which stands before it on the wire. */
const MESSAGE = '4';
const TEXT_FRAME = 0x81;

/** One event, encoded once for all sockets that it goes to: the thousandth reader costs a write and nothing else. */
export class SharedPacket {
  private readonly text: string;
  private frame: readonly [header: Buffer, payload: Buffer] | undefined;

  /** @param json the payload, as JSON text */
  constructor(event: string, json: string) {
    this.text = `${EVENT}["${event}",${json}]`;
  }

  /** Sends it; to a socket that is gone nothing happens. */
  sendTo(socket: Socket): void {
    if (!socket.connected) return;
    this.frame ??= webSocketFrame(Buffer.from(MESSAGE + this.text));
    // Engine.IO takes the ready frame where the transport is a WebSocket, and the text otherwise.
    const options = { compress: false, wsPreEncodedFrame: this.frame };
    socket.conn.write(this.text, options);
  }
}

/** A whole text frame as a server sends it, without a mask (RFC 6455, 5.2). */
function webSocketFrame(payload: Buffer): [Buffer, Buffer] {
  const { length } = payload;
  if (length < 126) return [Buffer.from([TEXT_FRAME, length]), payload];
  if (length < 65_536) {
    const header = Buffer.from([TEXT_FRAME, 126, 0, 0]);
    header.writeUInt16BE(length, 2);
    return [header, payload];
  }
  const header = Buffer.alloc(10);
  header.set([TEXT_FRAME, 127]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return [header, payload];
}
