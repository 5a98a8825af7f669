import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { ClaudeModule } from '@steward/claude';
import { RedisModule } from '@steward/redis';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule } from 'nestjs-pino';
import { AdminController } from './admin/admin.controller.js';
import { KeyFileWatcher } from './auth/key-file.watcher.js';
import { loggerOptions } from './boot/logger.options.js';
import { QuietLogger } from './boot/quiet.logger.js';
import { redisOptions } from './boot/redis.options.js';
import { ServerConfigModule } from './config/server-config.module.js';
import { ServerConfigService } from './config/server-config.service.js';
import { FaultsService } from './faults/faults.service.js';
import { ClaudeGateway } from './gateway/claude.gateway.js';
import { Followers } from './gateway/followers.js';
import { SocketAdmission } from './gateway/socket-admission.js';
import { SocketErrors } from './gateway/socket-errors.js';
import { HealthController } from './health/health.controller.js';
import { ScrapeController } from './health/prometheus.controller.js';
import { ClaudeStatusController } from './http/claude-status.controller.js';
import { ApprovalsController } from './http/approvals.controller.js';
import { ExecuteController } from './http/execute.controller.js';
import { FilesController } from './http/files.controller.js';
import { IdempotencyService } from './http/idempotency.service.js';
import { HttpErrors } from './http/problem/error-of.js';
import { ProblemFilter } from './http/problem/problem.filter.js';
import { ProcessesController } from './http/processes.controller.js';
import { UsageController } from './http/usage.controller.js';
import { SessionsController } from './http/sessions.controller.js';
import { EventStreams } from './http/sse/event-streams.js';
import { StreamsController } from './http/streams.controller.js';
import { ConnectionLimits } from './readers/connection-limits.js';

/** The program: configuration, log, Redis, Claude, and the two ways in. */
@Module({})
export class AppModule {
  static forRoot(): DynamicModule {
    const fromConfig = { inject: [ServerConfigService] };
    return {
      module: AppModule,
      imports: [
        ServerConfigModule.forRoot(),
        LoggerModule.forRootAsync({ ...fromConfig, useFactory: loggerOptions }),
        RedisModule.forRootAsync({ ...fromConfig, useFactory: redisOptions }),
        ClaudeModule.forRootAsync({ ...fromConfig, useFactory: ({ options }: ServerConfigService) => options }),
        PrometheusModule.register({ controller: ScrapeController, path: '/metrics' }),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [
        ApprovalsController,
        ExecuteController,
        ProcessesController,
        SessionsController,
        FilesController,
        StreamsController,
        AdminController,
        ClaudeStatusController,
        UsageController,
        HealthController,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        QuietLogger,
        FaultsService,
        HttpErrors,
        IdempotencyService,
        ConnectionLimits,
        EventStreams,
        KeyFileWatcher,
        ClaudeGateway,
        Followers,
        SocketAdmission,
        SocketErrors,
      ],
    };
  }
}
