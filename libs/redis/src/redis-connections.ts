import { Injectable, Logger } from '@nestjs/common';
import { Redis, type RedisOptions as ClientOptions } from 'ioredis';
import { type EmbeddedRedis } from './embedded-redis.js';
import { isReplica } from './refusal.js';
import { RedisUnavailableError } from './redis.options.js';
import { writeTogether } from './writes-together.js';

const RECONNECT_MAX_MS = 2000;
const CONNECT_TIMEOUT_MS = 10_000;
const QUIT_TIMEOUT_MS = 2000;
/** A Redis that is there and says nothing is as good as none, for who must answer now. */
const COMMAND_TIMEOUT_MS = 4000;

/**
 * All connections to Redis, and their end: who asks for one here never closes it.
 *
 * `commands` fails at once while Redis is away, for callers that must answer now. `patient` waits for it to come back,
 * or, with a script, to take writes again, for writers whose data must not be lost. `blocking()` gives a connection of its own for a command that blocks.
 */
@Injectable()
export class RedisConnections {
  readonly commands: Redis;
  readonly patient: Redis;
  private readonly opened: Redis[] = [];
  private readonly logger = new Logger('Redis');

  private constructor(
    private readonly target: ClientOptions,
    private readonly url: string | null,
    private readonly embedded: EmbeddedRedis | null,
  ) {
    this.commands = this.open('commands', {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    this.patient = this.open('patient', { maxRetriesPerRequest: null });
  }

  static async connect(url: string | null, embedded: EmbeddedRedis | null): Promise<RedisConnections> {
    const target = embedded ? { path: embedded.socketPath, password: embedded.password } : {};
    const connections = new RedisConnections(target, embedded ? null : url, embedded);
    try {
      await Promise.all([connections.commands, connections.patient].map((client) => ready(client)));
    } catch (cause) {
      await connections.close();
      throw new RedisUnavailableError(`Redis does not answer (${(cause as Error).message}); check REDIS_URL.`, {
        cause,
      });
    }
    return connections;
  }

  /** A connection of its own, for a command that blocks; waits for a Redis that is away. */
  blocking(name: string): Redis {
    return this.open(name, { maxRetriesPerRequest: null });
  }

  /** Ends every connection, then the private Redis. */
  async close(): Promise<void> {
    await Promise.all(this.opened.map((client) => quit(client)));
    await this.embedded?.stop();
  }

  private open(name: string, options: ClientOptions): Redis {
    const all: ClientOptions = {
      ...this.target,
      connectionName: `steward-${name}`,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepAlive: 10_000,
      reconnectOnError: isReplica,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), RECONNECT_MAX_MS),
      ...options,
    };
    const client = this.url === null ? new Redis(all) : new Redis(this.url, all);
    writeTogether(client);
    let away = false;
    client.on('error', (error: Error) => {
      if (!away) this.logger.warn({ connection: name, reason: error.message }, 'Redis connection lost');
      away = true;
    });
    client.on('ready', () => {
      if (away) this.logger.log({ connection: name }, 'Redis connection is back');
      away = false;
    });
    this.opened.push(client);
    return client;
  }
}

async function ready(client: Redis): Promise<void> {
  if (client.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(lastError ?? new Error('timed out')), CONNECT_TIMEOUT_MS);
    let lastError: Error | undefined;
    client.on('error', (error: Error) => (lastError = error));
    client.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function quit(client: Redis): Promise<void> {
  if (client.status !== 'ready') return client.disconnect();
  const timer = setTimeout(() => client.disconnect(), QUIT_TIMEOUT_MS);
  await client.quit().catch(() => client.disconnect());
  clearTimeout(timer);
}
