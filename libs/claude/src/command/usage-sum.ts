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

export const usageOfModel = (model: ModelUsage): Usage => ({
  inputTokens: model.inputTokens ?? 0,
  outputTokens: model.outputTokens ?? 0,
  cacheReadInputTokens: model.cacheReadInputTokens ?? 0,
  cacheCreationInputTokens: model.cacheCreationInputTokens ?? 0,
});

export const usageOfApi = (usage: ApiUsage): Usage => ({
  inputTokens: usage.input_tokens ?? 0,
  outputTokens: usage.output_tokens ?? 0,
  cacheReadInputTokens: usage.cache_read_input_tokens ?? 0,
  cacheCreationInputTokens: usage.cache_creation_input_tokens ?? 0,
});
