import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { readOptions } from './options.js';
import { ServerConfigService } from './server-config.service.js';

/** `.env` and the environment, read when the module is made and not when it is imported: a test makes several. */
@Module({})
export class ServerConfigModule {
  static forRoot(): DynamicModule {
    return {
      module: ServerConfigModule,
      global: true,
      imports: [
        ConfigModule.forRoot({ cache: true, envFilePath: '.env', validate: (env) => ({ steward: readOptions(env) }) }),
      ],
      providers: [ServerConfigService],
      exports: [ServerConfigService],
    };
  }
}
