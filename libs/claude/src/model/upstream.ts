import { Agent as HttpAgent, type ClientRequest, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

const PUBLIC_API = 'https://api.anthropic.com';
/** Idle connections are closed before the other side, or something in between, forgets them. */
const IDLE_MS = 55_000;
const [MAJOR = 0, MINOR = 0] = process.versions.node.split('.').map(Number);
const KNOWS_PROXIES = MAJOR > 24 || (MAJOR === 24 && MINOR >= 5);
/** Of one answer; the providers' own are some hundred bytes, those of things in between may be more. */
const MAX_HEADER_BYTES = 128 * 1024;
const LOOPBACK = '127.0.0.1,localhost,::1';

/** A request as it is to be sent. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** As they stand on the wire: name, value, …. */
  readonly headers: readonly string[];
}

/**
 * The way to the model provider: one pool of connections that stay open, certificates always checked, through the
 * host's proxy where it has one.
 */
export class Upstream {
  readonly url: URL;
  /** What an operator has to know about it; null: nothing. */
  readonly warning: string | null;
  private readonly agent: HttpAgent;

  /** @param host variables of the host: its proxies */
  constructor(baseUrl: string | null, host: Readonly<Record<string, string>>) {
    this.url = new URL(baseUrl ?? PUBLIC_API);
    const given = host['NO_PROXY'] ?? host['no_proxy'];
    const proxyEnv = {
      HTTP_PROXY: host['HTTP_PROXY'] ?? host['http_proxy'],
      HTTPS_PROXY: host['HTTPS_PROXY'] ?? host['https_proxy'],
      NO_PROXY: given ? `${given},${LOOPBACK}` : LOOPBACK,
    };
    const wantsProxy = (proxyEnv.HTTP_PROXY ?? proxyEnv.HTTPS_PROXY) !== undefined;
    this.warning =
      wantsProxy && !KNOWS_PROXIES ? 'This Node.js knows no proxies (24.5 does): the model is asked directly.' : null;
    const options = { keepAlive: true, scheduling: 'lifo' as const, timeout: IDLE_MS, noDelay: true, proxyEnv };
    this.agent = this.isSecure ? new HttpsAgent({ ...options, rejectUnauthorized: true }) : new HttpAgent(options);
  }

  /** Whether the CLI would speak to its maker's own API without us. */
  get isPublicApi(): boolean {
    return this.url.origin === PUBLIC_API;
  }

  /** What stands in the header `Host`. */
  get host(): string {
    return this.url.host;
  }

  send({ method, path, headers }: UpstreamRequest): ClientRequest {
    const { hostname, port, pathname } = this.url;
    const base = pathname.replace(/\/+$/, '');
    const make = this.isSecure ? httpsRequest : httpRequest;
    return make({
      agent: this.agent,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port || undefined,
      method,
      path: base + path,
      headers: headers as string[],
      setHost: false,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private get isSecure(): boolean {
    return this.url.protocol === 'https:';
  }
}
