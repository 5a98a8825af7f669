/** As much of JSON Schema as the event tables use. */
export interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly description?: string;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const PLAIN: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** @throws Error for what no table has used so far, rather than to write a type that is too wide */
export function typeOfSchema(schema: Schema, indent = ''): string {
  if (schema.const !== undefined) return `'${schema.const}'`;
  if (schema.anyOf) return schema.anyOf.map((one) => typeOfSchema(one, indent)).join(' | ');
  if (schema.items) return `readonly ${bracketed(typeOfSchema(schema.items, indent))}[]`;
  if (schema.properties) return objectType(schema, indent);
  const [values] = Object.values(schema.patternProperties ?? {});
  if (values) return `Readonly<Record<string, ${typeOfSchema(values, indent)}>>`;
  if (schema.type === undefined) return 'unknown';
  const plain = PLAIN[schema.type];
  if (plain === undefined) throw new Error(`no type is known for ${JSON.stringify(schema)}`);
  return plain;
}

const aboutSchema = (schema: Schema): string | undefined =>
  schema.description ?? schema.anyOf?.map(aboutSchema).find((text) => text !== undefined);

const bracketed = (type: string): string => (type.includes(' | ') ? `(${type})` : type);

function objectType({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const text = aboutSchema(schema);
    const about = text === undefined ? '' : `${inner}/** ${text} */\n`;
    const mark = required.includes(name) ? '' : '?';
    return `${about}${inner}readonly ${name}${mark}: ${typeOfSchema(schema, inner)};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}
