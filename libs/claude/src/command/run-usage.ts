import { Big } from 'big.js';
import { type Usage } from '../stream/index.js';
import { type ApiUsage, type ModelUsage, type ResultMessage, type StreamEventMessage } from './cli-message.types.js';

/** The CLI's totals since the start of its process; a run is the difference of two of them (PROTOCOL.md §8). */
export interface CliTotals {
  readonly usage: Usage;
  readonly costUsd: number;
}

const NONE: Usage = { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 };
export const NO_TOTALS: CliTotals = { usage: NONE, costUsd: 0 };
const KINDS = Object.keys(NONE) as (keyof Usage)[];
/** The CLI computes in binary floating point; beyond these digits is only its noise. */
const COST_DIGITS = 10;

export function totalsOf(result: ResultMessage): CliTotals {
  const models = Object.values(result.modelUsage ?? {});
  return {
    usage: models.reduce<Usage>((sum, model) => add(sum, fromModel(model)), NONE),
    costUsd: result.total_cost_usd ?? 0,
  };
}

/**
 * Tokens and cost of one run. Results settle them; until there is one, the usage that the model streamed counts, so
 * that a run which ends without a result is not shown as free of tokens.
 */
export class RunUsage {
  private settled: CliTotals | undefined;
  private readonly streamed = new Map<string, Usage>();
  private messageId = '';

  /** @param before totals of the process when the run began */
  constructor(private readonly before: CliTotals) {}

  acceptResult(result: ResultMessage): void {
    this.settled = totalsOf(result);
    this.streamed.clear();
  }

  /** @returns whether the figures changed */
  acceptStream({ event }: StreamEventMessage): boolean {
    if (event.type === 'message_start') this.messageId = event.message?.id ?? '';
    const given = event.type === 'message_start' ? event.message?.usage : event.usage;
    if (!given) return false;
    const known = this.streamed.get(this.messageId) ?? NONE;
    this.streamed.set(this.messageId, largest(known, fromApi(given)));
    return true;
  }

  get usage(): Usage {
    const settled = this.settled ? subtract(this.settled.usage, this.before.usage) : NONE;
    return [...this.streamed.values()].reduce(add, settled);
  }

  /** USD as a decimal; what has no result yet is not priced. */
  get costUsd(): string {
    const total = new Big(this.settled?.costUsd ?? this.before.costUsd).minus(this.before.costUsd).round(COST_DIGITS);
    return total.toFixed();
  }
}

const combine = (a: Usage, b: Usage, of: (x: number, y: number) => number): Usage =>
  Object.fromEntries(KINDS.map((kind) => [kind, of(a[kind], b[kind])])) as Usage;
const add = (a: Usage, b: Usage): Usage => combine(a, b, (x, y) => x + y);
const subtract = (a: Usage, b: Usage): Usage => combine(a, b, (x, y) => Math.max(0, x - y));
const largest = (a: Usage, b: Usage): Usage => combine(a, b, Math.max);

const fromModel = (model: ModelUsage): Usage => ({
  inputTokens: model.inputTokens ?? 0,
  outputTokens: model.outputTokens ?? 0,
  cacheReadInputTokens: model.cacheReadInputTokens ?? 0,
  cacheCreationInputTokens: model.cacheCreationInputTokens ?? 0,
});

const fromApi = (usage: ApiUsage): Usage => ({
  inputTokens: usage.input_tokens ?? 0,
  outputTokens: usage.output_tokens ?? 0,
  cacheReadInputTokens: usage.cache_read_input_tokens ?? 0,
  cacheCreationInputTokens: usage.cache_creation_input_tokens ?? 0,
});
