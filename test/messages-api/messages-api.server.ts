import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Journal, type JournalEntry, type Served } from './journal.store.js';
import { MessageAnswerer } from './message.answerer.js';
import { RequestHandler } from './request.handler.js';
import type { HostText } from './request/synthetic.text.js';
import type { DefaultScript } from './script/default.script.js';
import type { Weather } from './script/weather.rule.js';

export interface MessagesApiOptions {
  /** @default '127.0.0.1' */
  host?: string;
  /** 0 takes a free one. @default 0 */
  port?: number;
  /** What answers a prompt without directives: a text with directives, a function of the prompt, or `demo`. */
  script?: DefaultScript;
  /** What the program that runs the CLI writes into prompts by itself; a script goes on through it. */
  hostTexts?: readonly HostText[];
  /** Requests that the journal keeps. @default 1000 */
  journalLimit?: number;
  /** How many of the newest keep their body. @default 50 */
  journalBodies?: number;
}

export interface MessagesApi {
  readonly url: string;
  readonly port: number;
  /** The newest requests, oldest first. Entries are live: they are filled in while their request is answered. */
  readonly journal: readonly JournalEntry[];
  /** The sum of all usage declared on the wire since the start or the last reset. */
  served(): Served;
  setDefault(script: DefaultScript | undefined): void;
  /** Lets every n-th request fail whatever its prompt says; undefined ends it. */
  setWeather(weather: Weather | undefined): void;
  /** Forgets journal, ledger, weather and the counters behind `times=`. */
  reset(): void;
  /** Ends every open connection, also hanging ones. */
  close(): Promise<void>;
}

export async function startMessagesApi(options: MessagesApiOptions = {}): Promise<MessagesApi> {
  const journal = new Journal(options.journalLimit ?? 1_000, options.journalBodies ?? 50);
  const answerer = new MessageAnswerer(journal, options.script, options.hostTexts ?? []);
  const handler = new RequestHandler(journal, answerer);
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0, noDelay: true }, (request, response) => {
    void handler.handle(request, response);
  });
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host, options.port ?? 0);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    get journal() {
      return journal.list();
    },
    served: () => journal.served(),
    setDefault: (script) => answerer.setDefault(script),
    setWeather: (weather) => answerer.setWeather(weather),
    reset: () => {
      journal.reset();
      answerer.reset();
    },
    close: () => close(server),
  };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, 1_024, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
