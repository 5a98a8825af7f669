import { type AsyncApiDocument } from './document.js';
import { type Schema } from './schemas.js';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);
/** Text of the tables: what stands in backticks is code. */
const prose = (text: unknown): string =>
  typeof text === 'string' ? escape(text).replace(/`([^`]+)`/g, '<code>$1</code>') : '';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --dim: #7a7a7a; --mark: #0b66c3; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1.5rem; }
h1, h2 { line-height: 1.2; } h2 { border-bottom: 1px solid var(--line); margin-top: 2.5rem; padding-bottom: .3rem; }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
a { color: var(--mark); text-decoration: none; } a:hover { text-decoration: underline; }
nav { columns: 14rem; } nav a { display: block; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .5rem .8rem; }
summary { cursor: pointer; } summary code { font-weight: 600; font-size: 14px; } summary span { color: var(--dim); }
table { border-collapse: collapse; margin: .5rem 0; width: 100%; }
td, th { border-top: 1px solid var(--line); padding: .25rem .6rem .25rem 0; text-align: left; vertical-align: top; }
td:first-child { white-space: nowrap; } td:nth-child(2) { color: var(--dim); white-space: nowrap; }
table table { margin: 0 0 0 1rem; }
`;

/** The document for people: one page without scripts, pictures or anything from elsewhere. */
export function eventPage({ info, servers, channels, components }: AsyncApiDocument): string {
  const { schemas, messages } = components;
  const message = (key: string): string => {
    const { name, summary, payload } = messages[key]!;
    return `<details open id="${escape(key)}"><summary><code>${escape(name)}</code> <span>${prose(summary)}</span></summary>${shape(refOf(payload) === key ? schemas[key]! : payload)}</details>`;
  };
  const isPart = (key: string): boolean => key.startsWith('claude.');
  const sections = [
    [
      'Over the socket: what a client sends, and its acknowledgement',
      keysOf(messages).filter((key) => isPart(key) && isSent(key, messages)),
    ],
    ['Over the socket: what the server sends', keysOf(messages).filter((key) => isPart(key) && !isSent(key, messages))],
    ['Events', keysOf(messages).filter((key) => !isPart(key))],
  ] as const;
  const shapes = keysOf(schemas).filter((name) => !(name in messages));
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>Steward: events</title><style>${STYLE}</style></head><body>`,
    `<h1>Steward: events</h1><p>${prose(info['description'])}</p>`,
    `<p>Version ${escape(String(info['version']))}. As a document: <a href="/asyncapi.json">/asyncapi.json</a> (AsyncAPI 3). The HTTP calls: <a href="/docs">/docs</a>.</p>`,
    '<h2>Where</h2>',
    rows([
      ...Object.entries(servers).map(([name, server]) => [
        code(name),
        code(String(server['protocol'])),
        prose(server['description']),
      ]),
      ...Object.entries(channels).map(([name, { address, description }]) => [
        code(name),
        code(address),
        prose(description),
      ]),
    ]),
    `<nav>${sections
      .flatMap(([, keys]) => keys)
      .map((key) => `<a href="#${escape(key)}"><code>${escape(messages[key]!.name)}</code></a>`)
      .join('')}</nav>`,
    ...sections.map(([title, keys]) => `<h2>${title}</h2>${keys.map(message).join('')}`),
    '<h2>Shapes</h2>',
    ...shapes.map(
      (name) =>
        `<details open id="${escape(name)}"><summary><code>${escape(name)}</code></summary>${shape(schemas[name]!)}</details>`,
    ),
    '</body></html>',
  ].join('\n');
}

const keysOf = (parts: object): string[] => Object.keys(parts);
/** What a client sends has an acknowledgement. */
const isSent = (key: string, messages: object): boolean => key.endsWith('.ack') || `${key}.ack` in messages;
const code = (text: string): string => `<code>${escape(text)}</code>`;
const rows = (cells: readonly (readonly string[])[]): string =>
  `<table>${cells.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`;

const listIn = (schema: Schema, key: string): readonly Schema[] => (schema[key] ?? []) as readonly Schema[];

function shape(schema: Schema): string {
  const name = refOf(schema);
  if (name !== undefined) return `<p>${link(name)}</p>`;
  const parts = listIn(schema, 'allOf');
  if (parts.length > 0) return parts.map((part) => shape(part)).join('');
  const choices = [...listIn(schema, 'oneOf'), ...listIn(schema, 'anyOf')].filter((choice) => !isRule(choice));
  const table = fields(schema);
  if (choices.length === 0) return table;
  const links = choices.map(refOf);
  if (links.every((one) => one !== undefined))
    return `<p>${links.map((one) => link(one)).join(', ')}, and:</p>${table}`;
  return table + choices.map((choice) => shape(choice)).join('<p>or</p>');
}

/** `required` alone says which fields go together; the fields themselves stand beside it. */
const isRule = (schema: Schema): boolean => keysOf(schema).every((key) => key === 'required');

function fields(schema: Schema): string {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const cells = Object.entries(properties).map(([name, field]) => [
    `${code(name)}${required.includes(name) ? '' : '?'}`,
    typeOf(field),
    prose(aboutOf(field)) + valuesOf(field) + partsOf(field).map(fields).join(''),
  ]);
  return cells.length > 0 ? rows(cells) : '';
}

/** What a field is made of, where it is no plain value: of itself, of its entries, of its choices. */
function partsOf(field: Schema): readonly Schema[] {
  const items = field['items'] as Schema | undefined;
  return [field, ...(items ? [items] : []), ...listIn(field, 'anyOf')].filter((part) => 'properties' in part);
}

const aboutOf = (field: Schema): unknown =>
  field['description'] ?? listIn(field, 'anyOf').find((choice) => 'description' in choice)?.['description'];

const valuesOf = ({ enum: values }: Schema): string =>
  Array.isArray(values) ? ` One of ${values.map((value) => code(String(value))).join(', ')}.` : '';

function typeOf(schema: Schema): string {
  const name = refOf(schema);
  if (name !== undefined) return link(name);
  if ('const' in schema) return code(JSON.stringify(schema['const']));
  const choices = listIn(schema, 'anyOf');
  if (choices.length > 0) return choices.map(typeOf).join(' or ');
  const { type, items, format } = schema as { type?: string | readonly string[]; items?: Schema; format?: string };
  if (items) return `list of ${typeOf(items)}`;
  const text = typeof type === 'string' ? type : (type ?? ['any']).join(' or ');
  return escape(format === undefined ? text : `${text} (${format})`);
}

const refOf = (schema: Schema): string | undefined => (schema['$ref'] as string | undefined)?.split('/').at(-1);
const link = (name: string): string => `<a href="#${escape(name)}"><code>${escape(name)}</code></a>`;
