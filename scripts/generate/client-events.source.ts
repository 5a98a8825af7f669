import { EVENTS, READER_EVENTS } from '@steward/claude';
import { CLIENT, clientFile, listOf } from './client.file.js';
import { type Schema, TypeWriter } from './type.writer.js';

type Rows = Readonly<Record<string, { readonly about: string; readonly data: Schema }>>;

const ROWS = EVENTS as object as Rows;
const OF_READERS = READER_EVENTS as object as Rows;

/** Data of one event that others have, too. */
const SHARED: readonly Schema[] = [
  { ...ROWS['text.delta']!.data, title: 'Delta' },
  { ...ROWS['run.completed']!.data, title: 'RunEnd' },
  { ...ROWS['run.failed']!.data, title: 'RunFailure' },
];

/** Everything with a title in a schema, the deepest first. */
function titled(schema: Schema): Schema[] {
  const { anyOf = [], items, properties = {}, patternProperties = {} } = schema;
  const inside = [
    ...anyOf,
    ...(items ? [items] : []),
    ...Object.values(properties),
    ...Object.values(patternProperties),
  ];
  return [...inside.flatMap(titled), ...(schema.title === undefined ? [] : [schema])];
}

const all = [...Object.values({ ...ROWS, ...OF_READERS }).flatMap(({ data }) => titled(data)), ...SHARED];
/** The shapes of event data by their names, each as it was met first. */
export const SHAPES: Readonly<Record<string, Schema>> = Object.fromEntries(
  all.toReversed().map((shape) => [shape.title!, shape]),
);

/** What a shape is there for; nothing where it is used for several things. */
function aboutShape(name: string): string | undefined {
  const texts = new Set(all.filter(({ title }) => title === name).map(({ description }) => description));
  return texts.size === 1 ? [...texts][0] : undefined;
}

const writer = new TypeWriter(Object.values(SHAPES));

/** The words that event types begin with, by the file that they go into. */
const SUBJECTS = {
  run: ['run', 'usage', 'raw'],
  text: ['text', 'thinking', 'message'],
  tool: ['tool'],
  human: ['approval', 'input'],
} as const;

function dataMap(name: string, about: string, rows: Rows): string {
  const members = Object.entries(rows).map(
    ([type, row]) => `  /** ${row.about} */\n  '${type}': ${writer.typeOf(row.data, '  ')};\n`,
  );
  return `/** ${about} */\nexport interface ${name} {\n${members.join('')}}`;
}

const eventFile = (parts: readonly string[]) =>
  clientFile(parts, [{ names: Object.keys(SHAPES), file: './event-shapes.generated.js' }]);

/** @throws Error for an event type of no subject */
function subjectOf(type: string): string {
  const [subject] =
    Object.entries<readonly string[]>(SUBJECTS).find(([, words]) => words.includes(type.split('.')[0]!)) ?? [];
  if (subject === undefined) throw new Error(`no file is known for events like ${type}`);
  return subject;
}

function subjectFile(subject: string): [path: string, text: string] {
  const rows = Object.fromEntries(Object.entries(ROWS).filter(([type]) => subjectOf(type) === subject));
  const name = `${subject[0]!.toUpperCase()}${subject.slice(1)}EventDataMap`;
  return [
    `${CLIENT}/${subject}-events.generated.ts`,
    eventFile([dataMap(name, 'Data of these events, by type.', rows)]),
  ];
}

/** Types of all events, a file for each subject, and one for what their data share. */
export function clientEvents(): Record<string, string> {
  const terminal = Object.entries(EVENTS).flatMap(([type, row]) => (row.terminal ? [type] : []));
  const shapes = Object.entries(SHAPES).map(([name, shape]) => writer.declare(name, shape, aboutShape(name)));
  return Object.fromEntries([
    [`${CLIENT}/event-shapes.generated.ts`, clientFile(shapes)],
    ...Object.keys(SUBJECTS).map(subjectFile),
    [
      `${CLIENT}/reader-events.generated.ts`,
      eventFile([
        dataMap('ReaderEventDataMap', 'Data of an event that belongs to one reader, by its type.', OF_READERS),
      ]),
    ],
    [
      `${CLIENT}/terminal-types.generated.ts`,
      clientFile([
        `/** Exactly one of them ends a run; nothing follows. */\nexport const TERMINAL_TYPES = ${listOf(terminal)}`,
      ]),
    ],
  ]);
}
