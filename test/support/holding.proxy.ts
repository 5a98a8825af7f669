import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that lets everything through until a certain request has passed: from then on nobody gets an answer. */
export class HoldingProxy implements AsyncDisposable {
  private readonly open = new Set<Socket>();
  private marker: Buffer | null = null;
  private held: (() => void) | undefined;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(target: { readonly host: string; readonly port: number }): Promise<HoldingProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new HoldingProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => proxy.join(client, connect(target.port, target.host)));
    return proxy;
  }

  /** Holds all answers once a request with this text has gone through. @returns when it has */
  holdAfter(text: string): Promise<void> {
    this.marker = Buffer.from(text);
    return new Promise((resolve) => (this.held = resolve));
  }

  private isHolding = false;

  private join(client: Socket, upstream: Socket): void {
    const end = () => {
      client.destroy();
      upstream.destroy();
      this.open.delete(client);
    };
    this.open.add(client);
    client.on('data', (chunk: Buffer) => {
      if (this.marker && chunk.includes(this.marker)) {
        this.isHolding = true;
        // Redis has it before anybody hears of it.
        upstream.write(chunk, () => this.held?.());
      } else upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (!this.isHolding) client.write(chunk);
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
