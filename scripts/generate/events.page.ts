import { EVENTS, READER_EVENTS } from '@steward/claude';
import { page, table } from './markdown.js';

interface Shape {
  readonly type?: string;
  readonly description?: string;
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
}

function typeOf(shape: Shape): string {
  if (shape.anyOf) return shape.anyOf.map(typeOf).join(' or ');
  if (shape.properties) return `{ ${Object.keys(shape.properties).join(', ')} }`;
  return shape.type ?? 'any';
}

const aboutOf = (shape: Shape): string => shape.description ?? shape.anyOf?.map(aboutOf).find(Boolean) ?? '';

function fieldsOf(data: unknown): string {
  const { properties, required = [] } = data as { properties: Record<string, Shape>; required?: readonly string[] };
  const rows = Object.entries(properties).map(([name, shape]) => [
    `\`${name}\`${required.includes(name) ? '' : '?'}`,
    typeOf(shape),
    aboutOf(shape),
  ]);
  return table(['field', 'type', 'meaning'], rows);
}

export function eventsPage(): string {
  const sections = Object.entries(EVENTS).map(([type, { about, terminal, delta, data }]) => {
    const kind = terminal ? ' Terminal: nothing follows.' : delta ? ' A delta.' : '';
    return `### \`${type}\`\n\n${about}${kind}\n\n${fieldsOf(data)}`;
  });
  const ofReaders = Object.entries(READER_EVENTS).map(
    ([type, { about, data }]) => `### \`${type}\`\n\n${about}\n\n${fieldsOf(data)}`,
  );
  return page(
    '# Events',
    'An event is one fact about a run. A reader gets it as a frame: `{ fromSeq, seq, at, runId, sessionId, type, data }`. `seq` starts at 1, has no gaps and never repeats within a run; `fromSeq` is the previous frame’s `seq` + 1 for every reader: what lies between `fromSeq` and `seq` was merged into the frame, was left out by the reader’s own filter, or is in the snapshot that follows. Exactly one terminal event ends a run. Readers ignore types that they do not know.',
    'The text of the answer: append `data.text` of every `text.delta`; on `text.replaced` drop the text of the named `messageId` within the named range of seq; on `run.resumed` drop all text within the range that it names, if it names one; on `stream.snapshot` replace what you have by its `text`.',
    ...sections,
    '## Events of a reader\n\nThey belong to one reader and not to the log: `{ at, runId, sessionId, type, data }`, without `fromSeq` and `seq`.',
    ...ofReaders,
  );
}
