import { EVENTS } from '@steward/claude';
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

export function eventsPage(): string {
  const sections = Object.entries(EVENTS).map(([type, { about, terminal, delta, data }]) => {
    const { properties, required = [] } = data as unknown as {
      properties: Record<string, Shape>;
      required?: readonly string[];
    };
    const rows = Object.entries(properties).map(([name, shape]) => [
      `\`${name}\`${required.includes(name) ? '' : '?'}`,
      typeOf(shape),
      aboutOf(shape),
    ]);
    const kind = terminal ? ' Terminal: nothing follows.' : delta ? ' A delta.' : '';
    return `### \`${type}\`\n\n${about}${kind}\n\n${table(['field', 'type', 'meaning'], rows)}`;
  });
  return page(
    '# Events',
    'An event is one fact about a run. A reader gets it as a frame: `{ fromSeq, seq, at, runId, sessionId, type, data }`. `seq` starts at 1, has no gaps and never repeats within a run; `fromSeq` is the previous frame’s `seq` + 1. Exactly one terminal event ends a run. Readers ignore types that they do not know.',
    'The text of the answer: append `data.text` of every `text.delta`; on `text.replaced` drop the text of the named `messageId` within the named range of seq.',
    ...sections,
  );
}
