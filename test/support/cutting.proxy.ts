import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that breaks connections after a number of bytes towards the client. */
export class CuttingProxy implements AsyncDisposable {
  private readonly open = new Set<Socket>();
  /** Connections that were broken. */
  cuts = 0;
  /** Connections that were taken. */
  connections = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /**
   * @param bytesOf bytes that the next connection may carry; `Infinity` for all
   * @param port where it listens; 0: anywhere
   */
  static async start(target: string, bytesOf: (cuts: number) => number, port = 0): Promise<CuttingProxy> {
    const { hostname, port: targetPort } = new URL(target);
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CuttingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (client) => {
      proxy.connections += 1;
      const upstream = connect(Number(targetPort), hostname);
      proxy.join(client, upstream, bytesOf(proxy.cuts));
    });
    return proxy;
  }

  private join(client: Socket, upstream: Socket, bytes: number): void {
    let left = bytes;
    const end = () => {
      client.destroy();
      upstream.destroy();
      this.open.delete(client);
    };
    this.open.add(client);
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.min(chunk.length, left));
      left -= part.length;
      if (left > 0) {
        client.write(part);
        return;
      }
      upstream.pause();
      this.cuts += 1;
      client.write(part, end);
    });
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.open) socket.destroy();
    await closed;
  }
}
