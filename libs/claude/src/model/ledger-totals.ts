import { type Usage } from '../stream/index.js';
import { addTokens, NO_TOKENS, TOKEN_KINDS } from './token-figures.js';

/** What was used by one model. */
export interface ModelTotals extends Usage {
  /** In units of money. */
  readonly costUnits: number;
}

/** What was used, all models together. */
export interface LedgerTotals {
  readonly usage: Usage;
  readonly costUnits: number;
  readonly requests: number;
  readonly failedRequests: number;
  readonly estimatedOutputTokens: number;
  /** With what is estimated of answers that broke off: what budgets count. */
  readonly spentUnits: number;
  readonly spentTokens: number;
}

export interface RunTotals extends LedgerTotals {
  readonly byModel: ReadonlyMap<string, ModelTotals>;
  /** Facts of the requests that have ended, as JSON, by id. */
  readonly requestFacts: ReadonlyMap<string, string>;
}

export interface PayerTotals extends LedgerTotals {
  /** Put aside for runs that have not ended. */
  readonly heldUnits: number;
  readonly heldTokens: number;
  readonly resetsAt: string;
}

type Fields = Readonly<Record<string, string>>;
const numberOf = (fields: Fields, name: string): number => Number(fields[name] ?? 0);

function common(fields: Fields): Omit<LedgerTotals, 'usage' | 'costUnits'> {
  return {
    requests: numberOf(fields, 'requests'),
    failedRequests: numberOf(fields, 'failedRequests'),
    estimatedOutputTokens: numberOf(fields, 'estimatedOutputTokens'),
    spentUnits: numberOf(fields, 'spentUnits'),
    spentTokens: numberOf(fields, 'spentTokens'),
  };
}

export function payerTotals(fields: Fields): Omit<PayerTotals, 'resetsAt'> {
  const usage = Object.fromEntries(TOKEN_KINDS.map((kind) => [kind, numberOf(fields, kind)])) as Usage;
  return {
    ...common(fields),
    usage,
    costUnits: numberOf(fields, 'costUnits'),
    heldUnits: numberOf(fields, 'held:units'),
    heldTokens: numberOf(fields, 'held:tokens'),
  };
}

/** Of fields `<prefix><model>:<kind>`; a name of a model may have a colon itself. */
export function modelTotals(fields: Fields, prefix = ''): Map<string, ModelTotals> {
  const byModel = new Map<string, ModelTotals>();
  for (const [field, value] of Object.entries(fields)) {
    if (!field.startsWith(prefix)) continue;
    const at = field.lastIndexOf(':');
    const model = field.slice(prefix.length, at);
    const known = byModel.get(model) ?? { ...NO_TOKENS, costUnits: 0 };
    byModel.set(model, { ...known, [field.slice(at + 1)]: Number(value) });
  }
  return byModel;
}

export function runTotals(fields: Fields): RunTotals {
  const byModel = modelTotals(fields, 'm:');
  const requestFacts = new Map<string, string>();
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith('f:')) requestFacts.set(field.slice(2), value);
  }
  const models = [...byModel.values()];
  return {
    ...common(fields),
    byModel,
    requestFacts,
    usage: models.reduce<Usage>(addTokens, NO_TOKENS),
    costUnits: models.reduce((sum, { costUnits }) => sum + costUnits, 0),
  };
}
