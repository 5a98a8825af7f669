import { type EventType, isTerminal } from '@steward/claude';
import { type CLIENT_EVENTS, type SERVER_EVENTS } from '../gateway/gateway.events.js';
import { EVENT_TYPES, object, READER_EVENT_TYPES, ref, type Schema, text, textOrNull, whole } from './schemas.js';

interface ClientMessage {
  readonly about: string;
  readonly payload: Schema;
  /** What the acknowledgement holds besides `ok`. */
  readonly answer: Schema;
}

interface ServerMessage {
  readonly about: string;
  readonly payload: Schema;
}

const COMPLETED: readonly EventType[] = ['run.completed'];
const NOT_COMPLETED: readonly EventType[] = EVENT_TYPES.filter((type) => isTerminal(type) && !COMPLETED.includes(type));
const runId = object({ id: text('Id of the run.') });
const runAnswer = object({ id: text('Id of the run.'), run: ref('RunViewDto') });

const stream = {
  id: text('Id of a run.'),
  sessionId: text('Id of a session: its runs, one after the other.'),
  feed: { type: 'boolean', description: 'All of one’s own runs, without deltas.' },
};
const oneStream = { oneOf: [{ required: ['id'] }, { required: ['sessionId'] }, { required: ['feed'] }] };

/** What goes with what is followed, besides the event itself. */
const placed = (id: Schema): Schema =>
  object(
    {
      id,
      stream: text('The wider stream that it came by: `session:<id>` or `feed`.'),
      position: text('Where to go on behind it in that stream.'),
    },
    ['stream', 'position'],
  );
const terminal = (types: readonly string[], more: Schema): Schema => ({
  allOf: [{ oneOf: types.map(ref) }, placed(text('Id of the run.')), more],
});

/** What a client may send; each is answered by an acknowledgement. */
export const CLIENT_MESSAGES: Readonly<Record<(typeof CLIENT_EVENTS)[number], ClientMessage>> = {
  'claude:execute': {
    about: 'Accepts a run and follows it from its first event.',
    payload: ref('RunRequestDto'),
    answer: runAnswer,
  },
  'claude:status': { about: 'Shows a run.', payload: runId, answer: runAnswer },
  'claude:cancel': { about: 'Cancels a run; its end arrives as claude:error.', payload: runId, answer: runAnswer },
  'claude:interrupt': {
    about: 'Stops what a run does and keeps its session; the run ends as claude:error, with run.interrupted.',
    payload: runId,
    answer: runAnswer,
  },
  'claude:approve': {
    about: 'Answers an approval of a run; the first answer counts.',
    payload: ref('ApproveDto'),
    answer: object({ id: text('Id of the run.'), approval: ref('ApprovalView') }),
  },
  'claude:input': {
    about: 'Says something to a running run; what the agent answers belongs to it.',
    payload: ref('SocketInputDto'),
    answer: object({ id: text('Id of the run.'), inputId: text('Id of the input.'), run: ref('RunViewDto') }),
  },
  'claude:subscribe': {
    about: 'Follows a run, a session or all of one’s own runs: what is past, then what comes. Again: from there.',
    payload: {
      ...object(
        {
          ...stream,
          after: {
            type: ['integer', 'string'],
            description: 'Only events after this seq; for the wider streams a position, `0` (all) or `end`.',
          },
          types: {
            type: 'array',
            items: { type: 'string' },
            description: 'Only these types, or beginnings of names like `tool.*`. The terminal event always comes.',
          },
          deltas: { type: 'boolean', description: 'False: whole messages only. Default: true.' },
        },
        ['id', 'sessionId', 'feed', 'after', 'types', 'deltas'],
      ),
      ...oneStream,
    },
    answer: object(
      {
        ...stream,
        run: ref('RunViewDto'),
        approvals: { type: 'array', items: ref('ApprovalView'), description: 'Of a run: those that wait.' },
        session: ref('SessionViewDto'),
        position: text('Where a wider stream begins for this reader: what `end` means now.'),
      },
      [...Object.keys(stream), 'run', 'approvals', 'session', 'position'],
    ),
  },
  'claude:unsubscribe': {
    about: 'Follows it no more.',
    payload: { ...object(stream, Object.keys(stream)), ...oneStream },
    answer: object(
      { ...stream, followed: { type: 'boolean', description: 'Whether it was followed.' } },
      Object.keys(stream),
    ),
  },
};

/** What the server sends. */
export const SERVER_MESSAGES: Readonly<Record<(typeof SERVER_EVENTS)[keyof typeof SERVER_EVENTS], ServerMessage>> = {
  'claude:queued': {
    about:
      'Place of a followed run in the queue, at most once a second; of one that was asked for here, at least once.',
    payload: object({ id: text('Id of the run.'), position: whole('1 is next.') }),
  },
  'claude:progress': {
    about: 'Every event of what is followed but the terminal ones, and those that belong to this reader.',
    payload: {
      allOf: [
        { oneOf: [...EVENT_TYPES.filter((type) => !isTerminal(type)), ...READER_EVENT_TYPES].map(ref) },
        placed(textOrNull('Id of the run; null where it is about more than one.')),
      ],
    },
  },
  'claude:stalled': {
    about: 'This connection took nothing for too long and is closed; subscribe again after the position.',
    payload: object(
      {
        id: textOrNull('Id of the run.'),
        stream: text('The wider stream: `session:<id>` or `feed`.'),
        position: { type: ['integer', 'string'], description: 'Of the last event that was sent.' },
      },
      ['stream'],
    ),
  },
  'claude:approval': {
    about:
      'An approval of a followed run, as its event says it; it comes right before that, for who wants nothing else.',
    payload: {
      allOf: [{ oneOf: ['approval.requested', 'approval.resolved'].map(ref) }, placed(text('Id of the run.'))],
    },
  },
  'claude:closed': {
    about: 'The session that was followed is closed; nothing follows.',
    payload: object({ stream: text('`session:<id>`.') }),
  },
  'claude:complete': {
    about: 'The terminal event of a completed run.',
    payload: terminal(COMPLETED, object({ run: ref('RunViewDto') })),
  },
  'claude:error': {
    about:
      'The terminal event of a failed or cancelled run. Or, without an event, why following ended, or what was wrong with a message that asked for no acknowledgement (`id` null).',
    payload: {
      anyOf: [
        terminal(NOT_COMPLETED, object({ run: ref('RunViewDto'), error: ref('RunErrorView') })),
        object({ id: textOrNull('Id of the run.'), stream: text('The wider stream.'), error: ref('ProblemDto') }, [
          'stream',
        ]),
      ],
    },
  },
};

/** Schemas of the HTTP API that messages refer to. */
export const BORROWED = [
  'RunRequestDto',
  'RunViewDto',
  'RunErrorView',
  'SessionViewDto',
  'ProblemDto',
  'ApproveDto',
  'ApprovalView',
  'SocketInputDto',
];
