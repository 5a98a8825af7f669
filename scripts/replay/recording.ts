import { readFileSync } from 'node:fs';
import { RECORDING_VERSION } from '@steward/claude';

/** One request of a recording, and what was answered. */
export interface Exchange {
  readonly path: string;
  readonly shape: Shape;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
  /** How it ended: `answered`, `failed`, `broken`, `aborted`, `unreachable`. */
  readonly how: string;
}

/** What tells one request of a run from another. */
export interface Shape {
  readonly model: string;
  readonly stream: boolean;
  readonly messages: number;
  readonly last: string;
}

export interface Recording {
  /** The request of the run, as it was submitted. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly cliVersion: string | null;
  readonly exchanges: readonly Exchange[];
  /** Whether it reached its bound: the run said more. */
  readonly isCut: boolean;
}

interface Line {
  readonly type: string;
  readonly id?: string;
  readonly version?: number;
  readonly [field: string]: unknown;
}

interface Open extends Omit<Exchange, 'lines'> {
  readonly lines: string[];
}

/**
 * A recording of model traffic. Of a run with several attempts all exchanges count, in their order.
 *
 * @throws Error when the file is no recording that this version knows
 */
export function readRecording(path: string): Recording {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  const [head] = lines;
  if (head?.type !== 'run' || head.version !== RECORDING_VERSION)
    throw new Error(`${path} is no recording of version ${RECORDING_VERSION}`);
  const open = new Map<string, Open>();
  for (const line of lines) {
    const id = line.id ?? '';
    const known = open.get(id);
    if (line.type === 'request') open.set(id, began(line));
    else if (line.type === 'answer' && known) open.set(id, { ...known, ...answered(line) });
    else if (line.type === 'line') known?.lines.push(String(line['text']));
    else if (line.type === 'end' && known) open.set(id, { ...known, how: String(line['how']) });
  }
  return {
    request: head['request'] as Recording['request'],
    cliVersion: (head['cliVersion'] as string | null) ?? null,
    exchanges: [...open.values()],
    isCut: lines.some(({ type }) => type === 'cut'),
  };
}

const began = (line: Line): Open => ({
  path: String(line['path']).split('?')[0]!,
  shape: shapeOf(String(line['body'])),
  status: null,
  headers: {},
  lines: [],
  // Without an end the recording stops here: so did the answer.
  how: 'broken',
});

const answered = (line: Line): Pick<Exchange, 'status' | 'headers'> => ({
  status: Number(line['status']),
  headers: line['headers'] as Exchange['headers'],
});

export function shapeOf(body: string): Shape {
  try {
    const { model, stream, messages } = JSON.parse(body) as { model?: string; stream?: boolean; messages?: unknown[] };
    return {
      model: model ?? '',
      stream: stream === true,
      messages: messages?.length ?? 0,
      last: JSON.stringify(messages?.at(-1) ?? null),
    };
  } catch {
    return { model: '', stream: false, messages: 0, last: '' };
  }
}
