import { type Provider } from '@nestjs/common';
import { getToken, makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { type MetricKey, metricRow, METRICS } from './metric.table.js';

export const metricToken = (key: MetricKey): string => getToken(METRICS[key].name);

/** One prom-client metric per row of the table. */
export function makeMetricProviders(): Provider[] {
  return (Object.keys(METRICS) as MetricKey[]).map((key) => {
    const { kind, name, help, labels, buckets } = metricRow(key);
    const options = { name, help, labelNames: [...labels] };
    switch (kind) {
      case 'counter':
        return makeCounterProvider(options);
      case 'gauge':
        return makeGaugeProvider(options);
      case 'histogram':
        return makeHistogramProvider({ ...options, ...(buckets ? { buckets: [...buckets] } : {}) });
    }
  });
}
