import { type Static, Type } from 'typebox';

const text = (description: string) => Type.String({ description });
const seq = (description: string) => Type.Integer({ minimum: 0, description });

const SEGMENT = Type.Object(
  {
    type: Type.Union([Type.Literal('text.delta'), Type.Literal('thinking.delta')], {
      description: 'Whether its text is in `text` or in `thinking`.',
    }),
    messageId: text('Id of the model message.'),
    block: seq('Index of the block within its message.'),
    fromSeq: seq('First seq of the deltas that it stands for.'),
    throughSeq: seq('Last seq of the deltas that it stands for.'),
    length: seq('Its length in UTF-16 code units (a JavaScript string’s `length`).'),
  },
  { title: 'SnapshotSegment' },
);

/**
 * Events that belong to one reader and not to the log: they have no seq. The position to go on from, were the
 * connection to break right after one, is its `throughSeq`.
 */
export const READER_EVENTS = {
  'stream.snapshot': {
    about:
      'The log of the run outgrew its bound and its oldest deltas were cut: this stands for all of them up to `throughSeq`. Whatever text a reader has, it replaces. Events of other types up to there came before it.',
    data: Type.Object({
      throughSeq: seq('Position that the text goes up to; the next frame follows it.'),
      text: text('The text of the answer so far, without void deltas.'),
      thinking: text('The thinking so far, without void deltas.'),
      segments: Type.Array(SEGMENT, {
        description:
          'What `text` and `thinking` are made of, in order. A later `text.replaced` voids the segments of its message within its range.',
      }),
    }),
  },
  'stream.gap': {
    about:
      'Events that the reader asked for are no longer kept: their retention has passed. What follows begins after `throughSeq`.',
    data: Type.Object({
      fromSeq: Type.Union([seq('First seq that is gone; null where whole runs may be.'), Type.Null()]),
      throughSeq: Type.Union([seq('Last seq that is gone; null where whole runs may be.'), Type.Null()]),
    }),
  },
  'stream.stalled': {
    about:
      'The reader took nothing for STEWARD_READER_STALL_MS; the connection is closed. It can come back and loses nothing.',
    data: Type.Object({ position: text('Position behind the last event that was sent; for a run its seq.') }),
  },
} as const;

export type ReaderEventType = keyof typeof READER_EVENTS;
export type ReaderEventData<T extends ReaderEventType> = Static<(typeof READER_EVENTS)[T]['data']>;
export type SnapshotSegment = Static<typeof SEGMENT>;
