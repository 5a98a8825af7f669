import { setTimeout as delay } from 'node:timers/promises';
import { bigText, numberedWords } from '../messages-api/index.js';
import { type Lane } from './lane.js';
import { type Trial } from './trial.types.js';

/** What callers do. */
export interface Kind {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  play(lane: Lane): Promise<void>;
}

const BIG_BYTES = 5_000_000;
const DELTA_MS = 20;
const wordsOf = (count: number): string => [...numberedWords(count)].join('');

async function text(lane: Lane, kind: string, count: number): Promise<Trial> {
  const prompt = `${lane.name()} [[text n=${count} delay=${DELTA_MS}]]`;
  // Some want their session to go with them.
  const passing = lane.chance(0.3) ? { keepSession: false } : {};
  return lane.submit(kind, { prompt, ...passing }, { text: wordsOf(count) });
}

/** Calls that append one line each, some of which take their time before or behind that. */
function calls(
  lane: Lane,
  count: number,
): { readonly prompt: string; readonly text: string; readonly lines: string[] } {
  const lines = Array.from({ length: count }, () => lane.name());
  const bash = lines.map((line) => {
    const [before, behind] = lane.chance(0.5) ? ['', '; sleep 0.7'] : ['sleep 0.4; ', ''];
    return `[[bash ${before}echo ${line} >> effects${behind}]]`;
  });
  const said = `done-${lines[0]}`;
  return { prompt: `${bash.join(' ')} [[say ${said}]]`, text: said, lines };
}

/** Three in one session, at once; the last one tells what the conversation knows. */
async function session(lane: Lane): Promise<void> {
  const words = [lane.name(), lane.name()];
  const first = await lane.submit('session', { prompt: `${words[0]} [[say a]]` }, { text: 'a' });
  const { sessionId } = first;
  const second = await lane.submit(
    'session',
    { prompt: `${words[1]} [[text n=60 delay=20]]`, sessionId },
    { text: wordsOf(60) },
  );
  const prompt = `${lane.name()} [[recall]]`;
  const last = await lane.submit('session', { prompt, sessionId }, { text: null, recalls: [first.id, second.id] });
  await last.reader.done;
}

async function cancel(lane: Lane): Promise<void> {
  const withTools = lane.chance(0.5);
  const { prompt, lines } = calls(lane, 3);
  const trial = withTools
    ? await lane.submit('cancel', { prompt }, { text: null, lines, isCancelled: true })
    : await lane.submit(
        'cancel',
        { prompt: `${lane.name()} [[text n=300 delay=20]]` },
        { text: null, isCancelled: true },
      );
  await delay(lane.random() * 3000);
  await lane.cancel(trial);
  await trial.reader.done;
}

export const KINDS: readonly Kind[] = [
  {
    name: 'text',
    weight: 4,
    play: async (lane) => (await text(lane, 'text', 20 + Math.floor(lane.random() * 130))).reader.done,
  },
  { name: 'long', weight: 2, play: async (lane) => (await text(lane, 'long', 350)).reader.done },
  {
    name: 'tools',
    weight: 4,
    play: async (lane) => {
      const { prompt, ...wanted } = calls(lane, 2 + Math.floor(lane.random() * 3));
      await (
        await lane.submit('tools', { prompt }, wanted)
      ).reader.done;
    },
  },
  {
    name: 'approvals',
    weight: 3,
    play: async (lane) => {
      const { prompt, ...wanted } = calls(lane, 2);
      const request = { prompt, approvals: 'ask', allowedTools: ['Read'] } as const;
      await (
        await lane.submit('approvals', request, { ...wanted, asks: true })
      ).reader.done;
    },
  },
  {
    name: 'big',
    weight: 1,
    play: async (lane) => {
      const prompt = `${lane.name()} [[big bytes=${BIG_BYTES} chunk=4000]]`;
      await (
        await lane.submit('big', { prompt }, { text: bigText(BIG_BYTES) })
      ).reader.done;
    },
  },
  { name: 'session', weight: 2, play: session },
  { name: 'cancel', weight: 3, play: cancel },
];
