import { ERROR_CODES, EVENTS, READER_EVENTS } from '@steward/claude';
import { type Schema, typeOfSchema } from './type-of-schema.js';

const HEAD = '// Made by `npm run generate` from the tables of libs/claude; edit those.';

type Rows = Readonly<Record<string, { readonly about: string; readonly data: object }>>;

function dataMap(name: string, about: string, rows: Rows): string {
  const members = Object.entries(rows).map(
    ([type, row]) => `  /** ${row.about} */\n  '${type}': ${typeOfSchema(row.data as Schema, '  ')};\n`,
  );
  return `/** ${about} */\nexport interface ${name} {\n${members.join('')}}`;
}

const listOf = (types: readonly string[]): string => `[\n${types.map((type) => `  '${type}',\n`).join('')}] as const;`;

/** Types of all events, so that the client imports nothing of the server. */
export function clientEvents(): string {
  const terminal = Object.entries(EVENTS).flatMap(([type, row]) => (row.terminal ? [type] : []));
  const parts = [
    HEAD,
    dataMap('EventDataMap', 'Data of an event of a run, by its type.', EVENTS),
    dataMap('ReaderEventDataMap', 'Data of an event that belongs to one reader, by its type.', READER_EVENTS),
    `/** Exactly one of them ends a run; nothing follows. */\nexport const TERMINAL_TYPES = ${listOf(terminal)}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Every code that the server may answer. */
export function clientErrorCodes(): string {
  const codes = ERROR_CODES.toSorted();
  return `${HEAD}\n\n/** Every code of docs/errors.md. */\nexport const ERROR_CODES = ${listOf(codes)}\n\nexport type ErrorCode = (typeof ERROR_CODES)[number];\n`;
}
