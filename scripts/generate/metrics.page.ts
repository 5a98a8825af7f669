import { type MetricKey, metricRow, METRICS } from '@steward/claude';
import { page, table } from './markdown.js';

export function metricsPage(): string {
  const rows = (Object.keys(METRICS) as MetricKey[]).map((key) => {
    const { name, kind, labels, help } = metricRow(key);
    return [`\`${name}\``, kind, labels.join(', '), help];
  });
  return page(
    '# Metrics',
    'Prometheus scrapes `/metrics`; `GET /api/v1/claude/metrics` shows the same figures as JSON. The process and Node.js defaults of prom-client come with them.',
    table(['name', 'kind', 'labels', 'meaning'], rows),
  );
}
