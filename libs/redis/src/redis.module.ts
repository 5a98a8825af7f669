import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EmbeddedRedis } from './embedded-redis.js';
import { RedisConnections } from './redis-connections.js';
import { REDIS_OPTIONS, type RedisOptions } from './redis.options.js';

interface AsyncOptions {
  readonly inject: unknown[];
  readonly useFactory: (...parts: never[]) => RedisOptions;
}

/** Redis for everybody: given by URL, or owned by this server. The creator closes. */
@Module({})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(RedisConnections) private readonly connections: RedisConnections) {}

  static forRootAsync(options: AsyncOptions): DynamicModule {
    return {
      module: RedisModule,
      global: true,
      providers: [
        { provide: REDIS_OPTIONS, inject: options.inject as never[], useFactory: options.useFactory },
        { provide: RedisConnections, inject: [REDIS_OPTIONS], useFactory: connect },
      ],
      exports: [RedisConnections],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connections.close();
  }
}

async function connect(options: RedisOptions): Promise<RedisConnections> {
  const embedded = options.url === null ? await EmbeddedRedis.start(options) : null;
  return RedisConnections.connect(options.url, embedded);
}
