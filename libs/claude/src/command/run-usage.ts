import { Big } from 'big.js';
import { type ModelCost, type Usage } from '../stream/index.js';
import { type ResultMessage, type StreamEventMessage } from './cli-message.types.js';
import { type CliTotals, NO_TOTALS, totalsOf } from './cli-totals.js';
import { addUsage, largestUsage, NO_USAGE, usageOfApi } from './usage-sum.js';

/** The CLI computes in binary floating point; beyond these digits is only its noise. */
const COST_DIGITS = 10;

interface Streamed {
  readonly model: string;
  readonly usage: Usage;
  readonly isWhole: boolean;
}

/**
 * Tokens and cost of one run, in all and by model. Results settle them; until there is one, the usage that the model
 * streamed counts, so that a run which ends without a result is not shown as free of tokens. An answer that broke off
 * stays counted: the CLI leaves it out of its totals, the provider bills it (PROTOCOL.md §8).
 */
export class RunUsage {
  private settled: CliTotals;
  private readonly streamed = new Map<string, Streamed>();
  private messageId = '';

  /** @param before totals of the process when the run began */
  constructor(private readonly before: CliTotals = NO_TOTALS) {
    this.settled = before;
  }

  acceptResult(result: ResultMessage): void {
    this.acceptTotals(totalsOf(result));
  }

  /** Newer totals of the process, from a result or because it was asked. */
  acceptTotals(totals: CliTotals): void {
    this.settled = totals;
    for (const [id, { isWhole }] of this.streamed) if (isWhole) this.streamed.delete(id);
  }

  /** @returns whether the figures changed */
  acceptStream({ event }: StreamEventMessage): boolean {
    if (event.type === 'message_start') this.messageId = event.message?.id ?? '';
    const given = event.type === 'message_start' ? event.message?.usage : event.usage;
    if (!given) return false;
    const known = this.streamed.get(this.messageId) ?? {
      model: event.message?.model ?? '',
      usage: NO_USAGE,
      isWhole: false,
    };
    // From here on the CLI has it in its totals. `message_stop` may not come: a run that has spent its budget ends before it.
    const isWhole = known.isWhole || event.type === 'message_delta';
    this.streamed.set(this.messageId, { ...known, usage: largestUsage(known.usage, usageOfApi(given)), isWhole });
    return true;
  }

  get usage(): Usage {
    return Object.values(this.byModel).reduce<Usage>(addUsage, NO_USAGE);
  }

  /** Figures by model, those of the run alone; what has no result yet is not priced. */
  get byModel(): Record<string, ModelCost> {
    const models = new Map<string, ModelCost>();
    for (const [model, total] of Object.entries(this.settled.models)) {
      const before = this.before.models[model];
      const usage = difference(total.usage, before?.usage ?? NO_USAGE);
      const cost = decimal(total.costUsd, before?.costUsd ?? 0);
      if (cost !== '0' || Object.values(usage).some((count) => count > 0))
        models.set(model, { ...usage, costUsd: cost });
    }
    for (const { model, usage } of this.streamed.values()) {
      const known = models.get(model) ?? { ...NO_USAGE, costUsd: '0' };
      models.set(model, { ...addUsage(known, usage), costUsd: known.costUsd });
    }
    return Object.fromEntries(models);
  }

  /** USD as a decimal. */
  get costUsd(): string {
    return decimal(this.settled.costUsd, this.before.costUsd);
  }
}

const difference = (after: Usage, before: Usage): Usage => {
  const kinds = Object.keys(NO_USAGE) as (keyof Usage)[];
  return Object.fromEntries(kinds.map((kind) => [kind, Math.max(0, after[kind] - before[kind])])) as Usage;
};

const decimal = (after: number, before: number): string => {
  const cost = new Big(after).minus(before).round(COST_DIGITS);
  return cost.lt(0) ? '0' : cost.toFixed();
};
