/** As much of JSON Schema as the tables and the document of the HTTP API use. */
export interface Schema {
  readonly $ref?: string;
  /** Name of the type; it is declared once and referred to. */
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
}

const PLAIN: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** Writes TypeScript for schemas; what has one of the `shapes` in it refers to that. */
export class TypeWriter {
  /**
   * @param shapes schemas with a title
   * @param names what the target of a `$ref` is called, by its last part
   */
  constructor(
    private readonly shapes: readonly Schema[] = [],
    private readonly names: Readonly<Record<string, string>> = {},
  ) {}

  /** @throws Error for what no table has used so far, rather than to write a type that is too wide */
  typeOf(schema: Schema, indent = ''): string {
    if (schema.title !== undefined) return schema.title;
    if (schema.$ref !== undefined) return this.nameOf(schema.$ref);
    if (schema.const !== undefined) return quoted(schema.const);
    if (schema.enum) return schema.enum.map(quoted).join(' | ');
    if (schema.anyOf) return schema.anyOf.map((one) => this.typeOf(one, indent)).join(' | ');
    if (schema.allOf) return schema.allOf.map((one) => bracketed(this.typeOf(one, indent))).join(' & ');
    if (schema.items) return `readonly ${bracketed(this.typeOf(schema.items, indent))}[]`;
    if (schema.properties) return this.objectType(schema, indent);
    const values = Object.values(schema.patternProperties ?? {})[0] ?? schema.additionalProperties;
    if (values) return `Readonly<Record<string, ${values === true ? 'unknown' : this.typeOf(values, indent)}>>`;
    if (schema.type === undefined) return unknownType(schema);
    return [schema.type].flat().map(plainType).join(' | ');
  }

  /** A type of its own; no interface, since data of an event can be handed on as a record of anything. */
  declare(name: string, schema: Schema, about?: string): string {
    return `${comment(about, '')}export type ${name} = ${this.objectType(schema, '', name)};`;
  }

  private objectType(schema: Schema, indent: string, name?: string): string {
    const { parent, rest } = this.split(schema, name);
    if (parent === undefined) return this.members(rest, indent);
    return Object.keys(rest.properties ?? {}).length === 0 ? parent : `${parent} & ${this.members(rest, indent)}`;
  }

  /** The largest of the shapes that is in it, and what it has besides. */
  private split(schema: Schema, name: string | undefined): { parent?: string; rest: Schema } {
    const fits = this.shapes.filter((shape) => shape.title !== name && holds(schema, shape));
    const [largest] = fits.toSorted((a, b) => sizeOf(b) - sizeOf(a));
    if (!largest) return { rest: schema };
    const own = Object.entries(schema.properties ?? {}).filter(([field]) => !largest.properties?.[field]);
    return { parent: largest.title, rest: { ...schema, properties: Object.fromEntries(own) } };
  }

  private members({ properties = {}, required = [] }: Schema, indent: string): string {
    const inner = `${indent}  `;
    const lines = Object.entries(properties).map(([name, schema]) => {
      const mark = required.includes(name) ? '' : '?';
      return `${comment(aboutSchema(schema), inner)}${inner}readonly ${name}${mark}: ${this.typeOf(schema, inner)};\n`;
    });
    return `{\n${lines.join('')}${indent}}`;
  }

  private nameOf(ref: string): string {
    const name = this.names[ref.slice(ref.lastIndexOf('/') + 1)];
    if (name === undefined) throw new Error(`no name is known for ${ref}`);
    return name;
  }
}

/** What says nothing but what it is for. */
function unknownType(schema: Schema): string {
  const told = Object.keys(schema).filter((word) => word !== 'description');
  if (told.length > 0) throw new Error(`no type is known for ${told.join(', ')}`);
  return 'unknown';
}

function plainType(type: string): string {
  const plain = PLAIN[type];
  if (plain === undefined) throw new Error(`no type is known for ${type}`);
  return plain;
}

const quoted = (text: string): string => `'${text}'`;
const bracketed = (type: string): string => (/ [|&] /.test(type) ? `(${type})` : type);
const comment = (text: string | undefined, indent: string): string =>
  text === undefined ? '' : `${indent}/** ${text.replaceAll('*/', '*\\/')} */\n`;
const aboutSchema = (schema: Schema): string | undefined =>
  schema.description ?? schema.anyOf?.map(aboutSchema).find((text) => text !== undefined);
const sizeOf = ({ properties = {} }: Schema): number => Object.keys(properties).length;

/** Whether a schema has every field of a shape, meaning the same. */
function holds(schema: Schema, shape: Schema): boolean {
  const [mine, theirs] = [schema.required ?? [], shape.required ?? []];
  return Object.entries(shape.properties ?? {}).every(
    ([name, field]) =>
      mine.includes(name) === theirs.includes(name) &&
      JSON.stringify(schema.properties?.[name]) === JSON.stringify(field),
  );
}
