import { choice, integer, optional, type Setting, type SettingValues, string } from '@steward/claude';
import { type ApiKeyRow, parseRows } from '@steward/identity';

const apiKeys: Setting<readonly ApiKeyRow[]> = {
  env: 'STEWARD_API_KEYS',
  group: 'Server',
  about:
    'Who may call: rows `user:tenant:role:sha256` (role `user` or `operator`), separated by commas or line breaks; `./scripts/new-key` makes one. A file (`STEWARD_API_KEYS_FILE`) is read again when it changes; connections of a key that is gone are closed. Without any, the server has one local principal and listens on loopback only.',
  type: 'list of keys',
  shownDefault: '',
  secret: true,
  initial: [],
  parse: parseRows,
};

/** What concerns the HTTP server; the rest is the library's own table. */
export const SERVER_SETTINGS = {
  host: string('HOST', {
    group: 'Server',
    initial: '127.0.0.1',
    about: 'Address to listen on. Any other than loopback needs STEWARD_API_KEYS.',
  }),
  port: integer('PORT', {
    group: 'Server',
    initial: 8080,
    min: 0,
    max: 65_535,
    about: 'Port to listen on; 0: a free one, which the log tells.',
  }),
  apiKeys,
  redisUrl: optional('REDIS_URL', {
    group: 'Data',
    secret: true,
    pattern: /^rediss?:\/\/\S+$/,
    expected: 'a redis:// or rediss:// URL',
    about: 'Redis of all servers. Without it, a server in role `all` runs a private one under its data folder.',
  }),
  cacheDir: string('STEWARD_CACHE_DIR', {
    group: 'Data',
    initial: '.cache',
    about: 'Folder for programs that had to be fetched (Redis); may be shared by several servers.',
  }),
  logLevel: choice('STEWARD_LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    group: 'Server',
    initial: 'info',
    about: 'Least level of log lines. Prompts and file contents appear at `debug` at most.',
  }),
  maxBodyBytes: integer('STEWARD_MAX_BODY_BYTES', {
    group: 'Server',
    initial: 2_000_000,
    min: 10_000,
    max: 64_000_000,
    about: 'Largest body of a request and largest Socket.IO message, in bytes.',
  }),
  heartbeatMs: integer('STEWARD_HEARTBEAT_MS', {
    group: 'Server',
    initial: 15_000,
    min: 100,
    max: 10 * 60_000,
    about: 'Milliseconds between comment lines on a quiet event stream, which keep proxies from closing it.',
  }),
  readerStallMs: integer('STEWARD_READER_STALL_MS', {
    group: 'Server',
    initial: 5 * 60_000,
    min: 1000,
    max: 24 * 3_600_000,
    about:
      'Milliseconds that a reader may take nothing at all before it is told its position and its connection is closed. It loses nothing and can come back.',
  }),
  maxConnections: integer('STEWARD_MAX_CONNECTIONS', {
    group: 'Server',
    initial: 10_000,
    min: 1,
    max: 1_000_000,
    about: 'Event streams and sockets that one process holds open at once; one more is refused.',
  }),
  maxConnectionsPerPrincipal: integer('STEWARD_MAX_CONNECTIONS_PER_PRINCIPAL', {
    group: 'Server',
    initial: 2000,
    min: 1,
    max: 1_000_000,
    about: 'The same for one principal.',
  }),
  socketPingMs: integer('STEWARD_SOCKET_PING_MS', {
    group: 'Server',
    initial: 15_000,
    min: 200,
    max: 10 * 60_000,
    about:
      'Milliseconds between pings of a socket; one that does not answer for a third longer than that is closed as dead.',
  }),
  socketMessagesPerSecond: integer('STEWARD_SOCKET_MESSAGES_PER_SECOND', {
    group: 'Server',
    initial: 50,
    min: 1,
    max: 100_000,
    about:
      'Messages that one socket may send each second. What is above is refused with `request.too_many`; a socket that goes on all the same is closed.',
  }),
} as const;

export type ServerOptions = SettingValues<typeof SERVER_SETTINGS>;
