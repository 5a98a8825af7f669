import { Global, Module } from '@nestjs/common';
import { ClaudeMetricsService } from './claude-metrics.service.js';
import { makeMetricProviders } from './metrics.providers.js';

@Global()
@Module({ providers: [...makeMetricProviders(), ClaudeMetricsService], exports: [ClaudeMetricsService] })
export class MetricsModule {}
