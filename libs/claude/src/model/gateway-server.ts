import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type RefusalReason, refuse } from './refusal.js';

/** A connection of the CLI stays open as long as its process: a new one for each request would cost time. */
const KEEP_ALIVE_MS = 10 * 60_000;

/** All that the CLI needs: messages, and counting their tokens. */
const PATHS: ReadonlyMap<string, 'messages' | 'count_tokens'> = new Map([
  ['/v1/messages', 'messages'],
  ['/v1/messages/count_tokens', 'count_tokens'],
]);

/** A request that may be forwarded, if whoever shows this token may. */
export interface GatewayCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly kind: 'messages' | 'count_tokens';
  readonly token: string;
}

export interface GatewayHandlers {
  /** @returns why not, or null when it is taken care of */
  call(call: GatewayCall): Promise<RefusalReason | null>;
  refused(reason: RefusalReason): void;
  failed(error: unknown): void;
}

/** The listening side: on loopback only, and nothing but what the CLI needs. */
export class GatewayServer {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async listen(handlers: GatewayHandlers): Promise<GatewayServer> {
    const options = { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, noDelay: true, highWaterMark: 256 * 1024 };
    const server = createServer(options, (request, response) => void handle(request, response, handlers));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', 1024, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new GatewayServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }
}

async function handle(request: IncomingMessage, response: ServerResponse, handlers: GatewayHandlers): Promise<void> {
  const path = (request.url ?? '/').split('?')[0]!;
  // The CLI opens its connection with this, before it has anything to ask.
  if (request.method === 'HEAD' && path === '/') return void response.writeHead(200).end();
  const kind = request.method === 'POST' ? PATHS.get(path) : undefined;
  try {
    const reason = kind ? await handlers.call({ request, response, kind, token: tokenOf(request) }) : 'path';
    if (reason === null) return;
    handlers.refused(reason);
    request.resume();
    if (!response.headersSent) refuse(response, reason);
  } catch (error) {
    handlers.failed(error);
    response.destroy();
  }
}

function tokenOf({ headers }: IncomingMessage): string {
  const key = headers['x-api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
}
