/** USD for a million tokens, as decimals with at most four digits behind the point; web searches: USD for one. */
export interface ModelPrice {
  readonly input: string;
  readonly output: string;
  readonly cacheRead: string;
  readonly cacheWrite5m: string;
  readonly cacheWrite1h: string;
  /** Name of its source in `sources`; without one that of the row, or of the file. */
  readonly source?: string;
}

/** Where a figure is from. */
export interface PriceSource {
  /** An address, or the name of a program and its version. */
  readonly text: string;
  /** When it was read there: 2026-10-10. */
  readonly date: string;
  /** Whether the provider itself says so; else somebody who has it from there. */
  readonly isPrimary: boolean;
}

/** Prices of one model. */
export interface ModelPriceRow extends ModelPrice {
  /** Requests that the provider serves in its faster mode. */
  readonly fast?: ModelPrice;
  /** Requests with more input than this, of all kinds together. */
  readonly above?: ModelPrice & { readonly tokens: number };
}

/** A table of prices, as its file holds it. */
export interface ModelPrices {
  /** Where the figures are from. */
  readonly source: string;
  /** When they were read there: 2026-10-10. */
  readonly date: string;
  /** By the names that rows give. */
  readonly sources?: Readonly<Record<string, PriceSource>>;
  /** Row for models that have none. */
  readonly unknownModel: string;
  readonly webSearchUsd: string;
  /** By name without date. */
  readonly models: Readonly<Record<string, ModelPriceRow>>;
}

const DECIMAL = /^\d{1,6}(\.\d{1,4})?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const PRICES = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;

/** @throws Error whose message says which row is wrong and why */
export function readPrices(value: unknown): ModelPrices {
  const file = value as Partial<ModelPrices> | null;
  if (typeof file !== 'object' || file === null || typeof file.models !== 'object' || file.models === null)
    throw new Error('expected an object with `models`');
  for (const field of ['source', 'date', 'unknownModel', 'webSearchUsd'] as const)
    if (typeof file[field] !== 'string') throw new Error(`${field} has to be a text`);
  if (!DECIMAL.test(file.webSearchUsd!)) throw new Error('webSearchUsd has to be a decimal as a text');
  const sources = checkSources(file.sources ?? {});
  for (const [name, row] of Object.entries(file.models)) {
    checkPrice(row, name, sources);
    if (row.fast) checkPrice(row.fast, `${name}.fast`, sources);
    if (!row.above) continue;
    checkPrice(row.above, `${name}.above`, sources);
    if (!Number.isSafeInteger(row.above.tokens)) throw new Error(`${name}.above.tokens has to be a whole number`);
  }
  if (!Object.hasOwn(file.models, file.unknownModel!))
    throw new Error(`unknownModel names no row: ${file.unknownModel}`);
  return file as ModelPrices;
}

function checkSources(sources: unknown): ReadonlySet<string> {
  for (const [name, value] of Object.entries(sources as Record<string, Partial<PriceSource> | null>))
    if (typeof value?.text !== 'string' || !DATE.test(String(value.date)) || typeof value.isPrimary !== 'boolean')
      throw new Error(`sources.${name} has to have a text, a date and isPrimary`);
  return new Set(Object.keys(sources as object));
}

function checkPrice(price: Partial<ModelPrice>, where: string, sources: ReadonlySet<string>): void {
  for (const kind of PRICES)
    if (!DECIMAL.test(String(price[kind])))
      throw new Error(`${where}.${kind} has to be a decimal with at most 4 digits`);
  if (price.source !== undefined && !sources.has(price.source))
    throw new Error(`${where}.source names none of sources: ${price.source}`);
}
