import { type Usage } from '../stream/index.js';
import { type ApiUsage, type ModelUsage } from './cli-message.types.js';

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheCreationInputTokens: 0,
};
const KINDS = Object.keys(NO_USAGE) as (keyof Usage)[];

const combine = (a: Usage, b: Usage, of: (x: number, y: number) => number): Usage =>
  Object.fromEntries(KINDS.map((kind) => [kind, of(a[kind], b[kind])])) as Usage;

export const addUsage = (a: Usage, b: Usage): Usage => combine(a, b, (x, y) => x + y);
export const largestUsage = (a: Usage, b: Usage): Usage => combine(a, b, Math.max);

/** A figure as the CLI or the provider tells it; what is no number counts as none, so that a run still gets its end. */
export const figure = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

export const usageOfModel = (model: ModelUsage): Usage => ({
  inputTokens: figure(model.inputTokens),
  outputTokens: figure(model.outputTokens),
  cacheReadInputTokens: figure(model.cacheReadInputTokens),
  cacheCreationInputTokens: figure(model.cacheCreationInputTokens),
});

export const usageOfApi = (usage: ApiUsage): Usage => ({
  inputTokens: figure(usage.input_tokens),
  outputTokens: figure(usage.output_tokens),
  cacheReadInputTokens: figure(usage.cache_read_input_tokens),
  cacheCreationInputTokens: figure(usage.cache_creation_input_tokens),
});
