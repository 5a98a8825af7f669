import { type Run } from '@steward/client';
import { readEvents, TextByHand } from '../support/event-reader.js';
import { type Trial } from './trial.types.js';

/** A worker that is stopped hears of a cancel when it goes on, and may have had the answer already. */
const MOST_AFTER_CANCEL_MS = 15_000;

const short = (text: string | undefined): string =>
  text === undefined ? 'nothing' : `${text.length} characters, ${JSON.stringify(text.slice(-40))}`;

/** What is wrong with the end of a run and with what its readers have: one who was there all along, and one who comes late. */
export async function readersProof(trial: Trial, run: Run, url: string): Promise<string[]> {
  const late = new TextByHand().add(await readEvents(`${url}/api/v1/claude/processes/${run.id}/events`));
  return [...endFaults(trial, run), ...[trial.reader.text, late].flatMap((reader) => readerFaults(trial, run, reader))];
}

function endFaults({ wanted, filled, cancelledAt }: Trial, run: Run): string[] {
  const code = run.error?.code ?? '';
  const wentOnMs = cancelledAt === null || run.state !== 'completed' ? 0 : Date.parse(run.endedAt ?? '') - cancelledAt;
  const mayEnd =
    run.state === 'completed' ||
    (wanted.isCancelled && run.state === 'cancelled' && code === 'run.cancelled') ||
    (filled && run.state === 'failed' && code === 'cli.workspace_exceeded');
  return [
    ...(wentOnMs > MOST_AFTER_CANCEL_MS ? [`went on for ${wentOnMs} ms after its cancel`] : []),
    ...(run.endedAt === null
      ? [`did not end: ${run.state}, waits for ${run.waitingFor}, attempt ${run.attempts}`]
      : []),
    ...(run.endedAt === null || mayEnd
      ? []
      : [`ended ${run.state} ${code} ${JSON.stringify(run.error?.details ?? {})}`]),
  ];
}

function readerFaults({ wanted }: Trial, run: Run, reader: TextByHand): string[] {
  const faults = reader.faults.map((fault) => `frames: ${fault}`);
  if (reader.ends.join() !== `run.${run.state}`) faults.push(`a reader saw the ends [${reader.ends.join()}]`);
  if (reader.position !== run.lastSeq) faults.push(`a reader is at ${reader.position} of ${run.lastSeq}`);
  if (run.state !== 'completed') return faults;
  // A reader has all that was said, the result the last of it.
  if (!reader.text.endsWith(run.result?.text ?? ''))
    faults.push(`reader: ${short(reader.text)}; result: ${short(run.result?.text)}`);
  if (wanted.text !== null && reader.text !== wanted.text)
    faults.push(`reader: ${short(reader.text)}; wanted: ${short(wanted.text)}`);
  return faults;
}
