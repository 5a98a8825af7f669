import { Injectable, OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Counter, Gauge, Histogram, register } from 'prom-client';
import { type MetricKey, METRICS } from './metric.table.js';
import { metricToken } from './metrics.providers.js';

type KeysOf<Kind extends string> = {
  [Key in MetricKey]: (typeof METRICS)[Key]['kind'] extends Kind ? Key : never;
}[MetricKey];
type CounterKey = KeysOf<'counter'>;
type GaugeKey = KeysOf<'gauge'>;
type HistogramKey = KeysOf<'histogram'>;
type Labels = Readonly<Record<string, string>>;

/** One figure of a metric, as `GET /metrics` of the API shows it. */
export interface MetricFigure {
  readonly labels: Labels;
  readonly value: number;
}

/** Counting by the keys of the table, so that nobody else knows prom-client. */
@Injectable()
export class ClaudeMetricsService implements OnModuleInit {
  private readonly metrics = new Map<MetricKey, Counter | Gauge | Histogram>();

  constructor(private readonly moduleRef: ModuleRef) {}

  onModuleInit(): void {
    for (const key of Object.keys(METRICS) as MetricKey[]) {
      this.metrics.set(key, this.moduleRef.get(metricToken(key), { strict: false }));
    }
  }

  count(key: CounterKey, labels: Labels = {}, by = 1): void {
    (this.metrics.get(key) as Counter | undefined)?.inc(labels, by);
  }

  set(key: GaugeKey, value: number, labels: Labels = {}): void {
    (this.metrics.get(key) as Gauge | undefined)?.set(labels, value);
  }

  add(key: GaugeKey, by: number, labels: Labels = {}): void {
    (this.metrics.get(key) as Gauge | undefined)?.inc(labels, by);
  }

  /** @param value in the unit that the metric's name ends with */
  observe(key: HistogramKey, value: number, labels: Labels = {}): void {
    (this.metrics.get(key) as Histogram | undefined)?.observe(labels, value);
  }

  /** The figures of the table for people: counters and gauges by label, histograms as count and sum. */
  async figures(): Promise<Record<string, readonly MetricFigure[]>> {
    const all = await register.getMetricsAsJSON();
    const names = new Set<string>(Object.values(METRICS).map((row) => row.name));
    const shown = all.filter(({ name }) => names.has(name));
    return Object.fromEntries(
      shown.map(({ name, values }) => [name, values.flatMap((entry) => figureOf(name, entry))]),
    );
  }
}

interface RawFigure {
  readonly value: number;
  readonly labels: object;
  readonly metricName?: string;
}

/** Buckets are for Prometheus; a person wants how many and how long in all. */
function figureOf(name: string, { value, labels, metricName }: RawFigure): MetricFigure[] {
  if (metricName === `${name}_bucket`) return [];
  const part = metricName?.slice(name.length + 1);
  return [{ labels: { ...(labels as Labels), ...(part ? { part } : {}) }, value }];
}
