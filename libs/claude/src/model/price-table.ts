import { type ModelPrice, type ModelPriceRow, type ModelPrices } from '../config/index.js';
import { perToken, unitsOf } from './money.js';
import { type DeclaredUsage } from './token-figures.js';

/** What a model's name may carry behind the name of its row. */
const VERSION = /^(-\d{8}|@\d{8}|-latest)?(-v\d+(:\d+)?)?(\[[^\]]*\])?$/;
/** Names come from outside: they must not fill the memory. */
const MAX_NAMES = 1000;

/** Units of money for one token. */
type UnitPrice = Readonly<Record<Exclude<keyof ModelPrice, 'source'>, number>>;

interface UnitRow {
  readonly price: UnitPrice;
  readonly fast: UnitPrice | null;
  readonly above: (UnitPrice & { readonly tokens: number }) | null;
}

interface Found {
  readonly row: UnitRow;
  readonly known: boolean;
}

/** What an answer costs, in units of money: exact, since a price per token is a whole number of them. */
export class PriceTable {
  private readonly rows: ReadonlyMap<string, UnitRow>;
  private readonly found = new Map<string, Found>();
  private readonly webSearch: number;

  constructor(readonly prices: ModelPrices) {
    this.rows = new Map(Object.entries(prices.models).map(([name, row]) => [name, unitRow(row)]));
    this.webSearch = unitsOf(prices.webSearchUsd);
  }

  /** Whether the model has a row of its own; else its cost is that of the row `unknownModel`. */
  knows(model: string): boolean {
    return this.rowOf(model).known;
  }

  /** Cost of an answer. */
  cost(model: string, { tokens, cacheWrite1hTokens, webSearches, fast }: DeclaredUsage): number {
    const { inputTokens, outputTokens, cacheReadInputTokens, cacheCreationInputTokens } = tokens;
    const price = priceOf(this.rowOf(model).row, inputTokens + cacheReadInputTokens + cacheCreationInputTokens, fast);
    const writes1h = Math.min(cacheWrite1hTokens, cacheCreationInputTokens);
    return (
      inputTokens * price.input +
      outputTokens * price.output +
      cacheReadInputTokens * price.cacheRead +
      (cacheCreationInputTokens - writes1h) * price.cacheWrite5m +
      writes1h * price.cacheWrite1h +
      webSearches * this.webSearch
    );
  }

  private rowOf(model: string): Found {
    const found = this.found.get(model) ?? this.find(model);
    if (this.found.size < MAX_NAMES) this.found.set(model, found);
    return found;
  }

  private find(model: string): Found {
    // `claude-opus-4` must not price a `claude-opus-4-9` that nobody has heard of.
    const names = [...this.rows.keys()];
    const name = names.find((key) => model.startsWith(key) && VERSION.test(model.slice(key.length)));
    return { row: this.rows.get(name ?? this.prices.unknownModel)!, known: name !== undefined };
  }
}

function priceOf({ price, fast, above }: UnitRow, inputTokens: number, isFast: boolean): UnitPrice {
  if (isFast && fast) return fast;
  return above && inputTokens > above.tokens ? above : price;
}

const unitRow = ({ fast, above, ...price }: ModelPriceRow): UnitRow => ({
  price: unitPrice(price),
  fast: fast ? unitPrice(fast) : null,
  above: above ? { ...unitPrice(above), tokens: above.tokens } : null,
});

const unitPrice = ({ input, output, cacheRead, cacheWrite5m, cacheWrite1h }: ModelPrice): UnitPrice => ({
  input: perToken(input),
  output: perToken(output),
  cacheRead: perToken(cacheRead),
  cacheWrite5m: perToken(cacheWrite5m),
  cacheWrite1h: perToken(cacheWrite1h),
});
