type Fields = Readonly<Record<string, unknown>>;

/** Where a schema is wrong, and how. */
export interface SchemaProblem {
  readonly path: string;
  readonly reason: string;
}

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
const MAX_DEPTH = 32;

type Check = (value: unknown) => boolean;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const isNumber: Check = (value) => typeof value === 'number';
const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const anything: Check = () => true;
const isPattern: Check = (value) => {
  try {
    return isText(value) && Boolean(new RegExp(value as string, 'u'));
  } catch {
    return false;
  }
};
const isType: Check = (value) =>
  (Array.isArray(value) && value.length > 0 ? value : [value]).every((type) => TYPES.includes(type as string));

/** Keywords of draft 07 without subschemas, and what their value must be. */
const PLAIN: Readonly<Record<string, Check>> = {
  $id: isText,
  $comment: isText,
  title: isText,
  description: isText,
  default: anything,
  examples: Array.isArray,
  readOnly: isFlag,
  writeOnly: isFlag,
  type: isType,
  enum: (value) => Array.isArray(value) && value.length > 0,
  const: anything,
  multipleOf: (value) => isNumber(value) && (value as number) > 0,
  maximum: isNumber,
  minimum: isNumber,
  exclusiveMaximum: isNumber,
  exclusiveMinimum: isNumber,
  maxLength: isWhole,
  minLength: isWhole,
  pattern: isPattern,
  maxItems: isWhole,
  minItems: isWhole,
  uniqueItems: isFlag,
  maxProperties: isWhole,
  minProperties: isWhole,
  required: isTexts,
};
const ONE = new Set([
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'additionalProperties',
  'additionalItems',
]);
const MANY = new Set(['allOf', 'anyOf', 'oneOf']);
const NAMED = new Set(['properties', 'patternProperties', 'definitions', '$defs']);

/** Annotations that the CLI's validator stumbles over: it then turns structured output off without a word. */
const DROPPED = new Set(['$schema', 'format']);

/**
 * What would make the CLI ignore this schema (PROTOCOL.md §1.5): it takes draft 07 in strict mode, so an unknown
 * keyword, a reference that leads nowhere, or a pattern that is none turns structured output off silently.
 */
export function schemaProblems(schema: Fields): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const root = schema;

  function walk(value: unknown, path: string, depth: number): void {
    if (typeof value === 'boolean') return;
    if (!isObject(value)) return void problems.push({ path, reason: 'must be a schema' });
    if (depth > MAX_DEPTH) return void problems.push({ path, reason: `is nested deeper than ${MAX_DEPTH}` });
    for (const [keyword, given] of Object.entries(value)) keywordOf(keyword, given, `${path}/${keyword}`, depth);
  }

  function keywordOf(keyword: string, given: unknown, path: string, depth: number): void {
    const plain = PLAIN[keyword];
    if (DROPPED.has(keyword)) return;
    if (plain)
      return plain(given) ? undefined : void problems.push({ path, reason: 'has a value that is not allowed' });
    if (keyword === '$ref') {
      if (!resolves(root, given)) problems.push({ path, reason: 'must point to a schema in here, as `#/$defs/…`' });
    } else if (ONE.has(keyword) || (keyword === 'items' && !Array.isArray(given))) walk(given, path, depth + 1);
    else if (MANY.has(keyword) || keyword === 'items') list(given, path, depth);
    else if (NAMED.has(keyword)) named(given, path, depth);
    else problems.push({ path, reason: 'is not a keyword of JSON Schema draft 07' });
  }

  function list(given: unknown, path: string, depth: number): void {
    if (!Array.isArray(given) || given.length === 0)
      return void problems.push({ path, reason: 'must be a list of schemas' });
    given.forEach((one, index) => walk(one, `${path}/${index}`, depth + 1));
  }

  function named(given: unknown, path: string, depth: number): void {
    if (!isObject(given)) return void problems.push({ path, reason: 'must be an object of schemas' });
    for (const [name, one] of Object.entries(given)) walk(one, `${path}/${name}`, depth + 1);
  }

  walk(schema, '', 0);
  return problems;
}

/** The same schema without the annotations that the CLI's validator does not take. */
export function plainSchema<T>(schema: T): T {
  return strip(schema, false) as T;
}

/** @param names whether the keys of this object are names of the caller (properties), and not keywords */
function strip(value: unknown, names: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => strip(one, false));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => names || !DROPPED.has(key));
  const data = (key: string) =>
    !names && (key === 'const' || key === 'default' || key === 'enum' || key === 'examples');
  return Object.fromEntries(kept.map(([key, one]) => [key, data(key) ? one : strip(one, !names && NAMED.has(key))]));
}

function resolves(root: Fields, reference: unknown): boolean {
  if (reference === '#') return true;
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return false;
  const steps = stepsOf(reference);
  const found = steps.reduce<unknown>((at, step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Fields)[key] : undefined;
  }, root);
  return isObject(found) || typeof found === 'boolean';
}

/** Of `#/a/b`, decoded; a step that is no valid encoding leads nowhere. */
function stepsOf(reference: string): string[] {
  try {
    return reference.slice(2).split('/').map(decodeURIComponent);
  } catch {
    return [reference];
  }
}
