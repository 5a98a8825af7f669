import { type DynamicModule, Module } from '@nestjs/common';
import { CacheModule } from './cache/index.js';
import { ClaudeFilesService } from './claude-files.service.js';
import { ClaudeGuardService } from './claude-guard.service.js';
import { ClaudeService } from './claude.service.js';
import { ConfigModule } from './config/index.js';
import { ErrorModule } from './error/index.js';
import { MetricsModule } from './metrics/index.js';
import { ModelModule } from './model/index.js';
import { PressureModule } from './pressure/index.js';
import { QueueModule } from './queue/index.js';
import { SessionModule } from './session/index.js';
import { StreamModule } from './stream/index.js';
import { WorkspaceModule } from './workspace/index.js';
import { WrapperModule } from './wrapper/index.js';

type AsyncOptions = Parameters<typeof ConfigModule.forRootAsync>[0];

/** Everything about Claude Code. Needs `RedisModule` beside it. */
@Module({})
export class ClaudeModule {
  static forRootAsync(options: AsyncOptions): DynamicModule {
    return {
      module: ClaudeModule,
      imports: [
        ConfigModule.forRootAsync(options),
        ErrorModule,
        MetricsModule,
        CacheModule,
        PressureModule,
        StreamModule,
        ModelModule,
        WrapperModule,
        WorkspaceModule,
        SessionModule,
        QueueModule,
      ],
      providers: [ClaudeService, ClaudeFilesService, ClaudeGuardService],
      exports: [ClaudeService, ClaudeFilesService, ClaudeGuardService, StreamModule, QueueModule],
    };
  }
}
