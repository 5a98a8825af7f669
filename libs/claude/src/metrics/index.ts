export { ClaudeMetricsService, type MetricFigure } from './claude-metrics.service.js';
export { type MetricKey, metricRow, METRICS } from './metric.table.js';
export { MetricsModule } from './metrics.module.js';
