import { type Static, type TProperties, Type } from 'typebox';
import { anything, event, type EventRow, flag, orNull, text, whole } from './event-fields.js';
import { HUMAN_EVENTS } from './human.events.js';

const block = {
  messageId: text('Id of the model message that the block belongs to.'),
  block: whole('Index of the block within its message.'),
};
const parent = {
  parentToolUseId: orNull(text('Tool use of the subagent that this belongs to; null in the main conversation.')),
};

const TOKENS = {
  inputTokens: whole('Tokens sent, without those of the cache.'),
  outputTokens: whole('Tokens generated.'),
  cacheReadInputTokens: whole('Tokens read from the prompt cache.'),
  cacheCreationInputTokens: whole('Tokens written into the prompt cache.'),
};

/** What has a title is a type of its own in the client. */
const usage = (description: string) => Type.Object(TOKENS, { title: 'Usage', description });
export const USAGE = usage('Tokens of this run, all models and subagents together.');

const MODEL_COST = Type.Object(
  { ...TOKENS, costUsd: text('Cost of this model in USD, a decimal.') },
  { title: 'ModelCost' },
);
const BY_MODEL = Type.Record(Type.String(), MODEL_COST, {
  description: 'The same by model: tokens and `costUsd`; auxiliary requests of the CLI and subagents included.',
});

const RESULT = Type.Object(
  {
    text: text('The final text.'),
    structured: anything('The structured output; null without outputSchema.'),
    stopReason: orNull(text('Why the model stopped: end_turn, max_tokens, …')),
    numTurns: whole('Turns of the agent.'),
    withoutTools: Type.Optional(
      flag('true: the Messages API answered by itself, and no tools were used (`fallback: "api"`).'),
    ),
  },
  { title: 'RunResult' },
);

const ERROR = Type.Object(
  {
    code: text('A code of docs/errors.md.'),
    message: text('What happened and what to do.'),
    retryable: flag('Whether the same request may succeed later.'),
    details: Type.Record(Type.String(), Type.Unknown(), { description: 'Facts of this failure.' }),
  },
  { title: 'RunError' },
);

const RESOURCES = Type.Object(
  {
    cpuMs: whole('CPU time with everything that the agent started, in milliseconds.'),
    peakMemoryBytes: whole('Largest memory seen of all of it, in bytes.'),
  },
  { title: 'RunResources' },
);

const TOOL_CALL = Type.Object({
  toolUseId: text('Id of the call.'),
  name: text('Name of the tool.'),
  input: anything('Its input.'),
});

const DIFFERENCE = Type.Object(
  {
    inputTokens: Type.Integer(),
    outputTokens: Type.Integer(),
    cacheReadInputTokens: Type.Integer(),
    cacheCreationInputTokens: Type.Integer(),
    costUsd: text('A decimal, also below 0.'),
  },
  {
    title: 'UsageDifference',
    description:
      'What the CLI counted, less what went over the wire. The wire is right: the CLI leaves out what broke off.',
  },
);

const METERING = Type.Object(
  {
    source: Type.Union([Type.Literal('wire'), Type.Literal('cli')], {
      description: 'wire: as the model gateway saw it; cli: as the CLI counted it (Bedrock, Vertex).',
    }),
    requests: whole('Requests to the model, repeated and failed ones too.'),
    failedRequests: whole('Those of them that were answered with an error, or whose answer broke off.'),
    estimatedOutputTokens: whole(
      'Tokens of answers that broke off before the provider told their number, estimated from their length. Not in usage and cost; budgets count them.',
    ),
    unpricedModels: Type.Array(Type.String(), {
      description: 'Models without a price of their own: their cost is that of another one.',
    }),
    cliDifference: Type.Union([DIFFERENCE, Type.Null()], {
      description: 'null: the CLI counted the same, or nothing.',
    }),
    recording: Type.Optional(text('File of the recorded traffic, in the data folder.')),
  },
  { title: 'Metering', description: 'How usage and cost were found.' },
);

const MODEL_REQUEST = Type.Object(
  {
    requestId: text('Id that the gateway gave it.'),
    model: text('Model that answered; else the one that was asked for, empty when neither is known.'),
    status: orNull(whole('HTTP status of the answer; null: there was none.')),
    outcome: text(
      'answered, failed (an error status), broken (the answer broke off), aborted (the CLI left) or unreachable.',
    ),
    retry: whole('Failed requests of this model directly before it: 0 for a first try.'),
    firstByteMs: orNull(whole('Milliseconds until the answer began.')),
    firstTokenMs: orNull(whole('Milliseconds until its first content.')),
    durationMs: whole('Milliseconds in all.'),
    requestBytes: whole('Size of the request.'),
    responseBytes: whole('Size of the answer, as it came over the wire.'),
    usage: usage('Tokens of this request alone.'),
    costUsd: text('Cost of this request alone in USD, a decimal.'),
    estimatedOutputTokens: whole('See `metering`.'),
  },
  { title: 'ModelRequest', description: 'One request to the model that has ended.' },
);

const ended = {
  result: Type.Union([RESULT, Type.Null()], { description: 'What there is of a result; null when there is none.' }),
  usage: USAGE,
  usageByModel: BY_MODEL,
  costUsd: text('Cost of this run in USD, a decimal.'),
  metering: Type.Union([METERING, Type.Null()], { description: 'null when no request was made.' }),
  resources: Type.Union([RESOURCES, Type.Null()], {
    description: 'What its agent used of the machine; null when none was started.',
  }),
};

/**
 * The events of a run. Types, `docs/events.md` and the API documents come from these rows.
 * The order of rows is the order in which a reader usually meets them.
 */
export const EVENTS = {
  'run.queued': event('The run is accepted and waits.', {
    behind: whole('Runs of the same session that come first.'),
  }),
  'run.started': event('A worker has begun an attempt; the agent process is ready.', {
    attempt: whole('Number of the attempt, from 1.'),
    model: orNull(text('Model that was asked for; null: the default.')),
    cliVersion: orNull(text('Version of the CLI.')),
    resumed: flag('Whether an earlier conversation goes on.'),
    process: text(
      'How the run got its agent process: hot (it had waited for this session), spare (it had waited for a new one), resumed or new; api: it has none, the Messages API answers.',
    ),
  }),
  'run.progress': event('Why it is quiet, or what it is doing.', {
    activity: text(
      'requesting, thinking, api_retry, tool, compacting, model_fallback, stopping, background, rate_limit, model_error, outage (a breaker opened or closed), mcp (servers that are not there), hand_over or other. Of a run that is quiet for STEWARD_QUIET_MS: what its `activity` says.',
    ),
    text: text('The same as a sentence for people.'),
    attempt: Type.Optional(whole('api_retry: number of the retry.')),
    maxRetries: Type.Optional(whole('api_retry: how many there will be at most.')),
    delayMs: Type.Optional(
      whole('api_retry: milliseconds until it; rate_limit, model_error: what the provider asks to wait.'),
    ),
    status: Type.Optional(
      orNull(whole('api_retry, rate_limit, model_error: HTTP status of the failed request; null without an answer.')),
    ),
    tool: Type.Optional(text('tool: its name.')),
    taskId: Type.Optional(text('tool, background: id of the task, a shell command or subagent.')),
    taskStatus: Type.Optional(text('background: how the task stands: waiting, completed, failed or stopped.')),
    resetsAt: Type.Optional(text('When it ends: rate_limit, model_error: as the provider says.')),
    elapsedMs: Type.Optional(whole('Milliseconds since it began.')),
  }),
  'text.delta': event('A piece of the answer.', { text: text('The piece.'), ...block }, 'delta'),
  'thinking.delta': event('A piece of the thinking.', { text: text('The piece.'), ...block }, 'delta'),
  'text.replaced': event('The model repeated a broken-off answer: earlier deltas are void.', {
    fromSeq: whole('First seq of the void deltas.'),
    throughSeq: whole('Last seq of the void deltas; deltas of other messages in between stay.'),
    messageId: text('Message whose deltas are void.'),
  }),
  message: event('A whole message, as the model or a tool gave it.', {
    role: text('assistant or user (tool results, prompts of subagents).'),
    messageId: orNull(text('Id of the model message; one message may come in several events, one for each block.')),
    content: anything('Blocks of the Messages API.'),
    synthetic: flag('Made by the CLI and not by the model.'),
    ...parent,
  }),
  'tool.started': event('The model asked for a tool.', {
    toolUseId: text('Id of this call.'),
    name: text('Name of the tool.'),
    input: anything('Its input.'),
    ...parent,
  }),
  'tool.denied': event('The operator’s policy does not let a tool call run; the model is told the reason.', {
    toolUseId: orNull(text('Id of the call.')),
    name: text('Name of the tool.'),
    input: anything('Its input.'),
    by: text('rule, endpoint, or failure: the policy could not be asked.'),
    reason: text('Why.'),
    agentId: orNull(text('The subagent that made the call; null in the main conversation.')),
  }),
  'tool.finished': event('A tool call has its outcome.', {
    toolUseId: text('Id of the call.'),
    name: orNull(text('Name of the tool; null when the call itself was not seen.')),
    isError: flag('Whether it failed or was denied.'),
    output: text('What it gave, as text, cut after 10,000 characters; the whole is in the `message` event.'),
    durationMs: orNull(whole('Milliseconds between the two events.')),
    ...parent,
  }),
  ...HUMAN_EVENTS,
  usage: event('Tokens and cost so far.', {
    usage: USAGE,
    costUsd: text('Cost of this run so far in USD, a decimal.'),
    estimatedOutputTokens: Type.Optional(
      whole('Tokens of answers under way or broken off that the provider has not told, estimated. Not in usage.'),
    ),
    request: Type.Optional(MODEL_REQUEST),
  }),
  'run.retrying': event('An attempt failed, or its worker was lost; the run waits for the next one.', {
    attempt: whole('Number of the attempt that failed.'),
    maxAttempts: whole('Attempts that may fail or be lost before the run does.'),
    error: ERROR,
    delayMs: whole('Milliseconds until the next attempt may begin.'),
    retryAt: text('The same as a time, ISO 8601 UTC.'),
  }),
  'run.parked': event(
    'A limit of the model provider is used up, and the run goes on by itself when it is not any more; people take their time with an answer, and the run has given its agent process back until it comes; or something is out of order, and the run goes on when it works again. `error` says which.',
    {
      attempt: whole('Number of the attempt that has come to this: how often it was tried.'),
      retryAt: orNull(
        text('When what is out of order is tried next, by this run or another one that waits; null: nobody knows.'),
      ),
      until: text(
        'When it goes on at the latest: end of the limit, deadline of an approval, or a look at whether the outage is over; ISO 8601 UTC.',
      ),
      error: ERROR,
    },
  ),
  'run.degraded': event('Something is out of order, and the run goes on another way than it was asked for.', {
    step: text(
      'fallback_model (the CLI with that model), api (the Messages API, without tools) or wait (until it is in order again).',
    ),
    why: text('A code of docs/errors.md: what is in the way.'),
  }),
  'run.resumed': event(
    'An attempt goes on with what an earlier one began. The deltas of the named range are void: text and thinking, of every message.',
    {
      attempt: whole('Number of the attempt.'),
      fromSeq: orNull(whole('First seq of the void range; null: nothing is void.')),
      throughSeq: orNull(whole('Last seq of the void range; null: nothing is void.')),
      unknownTools: Type.Array(TOOL_CALL, {
        description:
          'Tool calls that may have acted, and whose outcome nobody knows. The model is told so; they are not repeated by Steward and have no `tool.finished`.',
      }),
    },
  ),
  raw: event(
    'A message of the CLI as it was: one that this version does not know (never an error), or any, where the request asked for `rawMessages`.',
    {
      message: anything('The message as it was.'),
    },
  ),
  'run.completed': event('The run has its result.', ended, 'terminal'),
  'run.failed': event('The run failed.', { error: ERROR, ...ended }, 'terminal'),
  'run.cancelled': event('The run was cancelled or interrupted.', { error: ERROR, ...ended }, 'terminal'),
} as const;

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = Static<(typeof EVENTS)[T]['data']>;
export type Usage = Static<typeof USAGE>;
export type Metering = Static<typeof METERING>;
export type UsageDifference = Static<typeof DIFFERENCE>;
export type ModelRequestFigures = Static<typeof MODEL_REQUEST>;
export type ModelCost = Static<typeof MODEL_COST>;
export type UsageByModel = Readonly<Record<string, ModelCost>>;
export type RunResult = Static<typeof RESULT>;
export type TerminalEventType = 'run.completed' | 'run.failed' | 'run.cancelled';

export const isTerminal = (type: string): boolean =>
  (EVENTS as Record<string, EventRow<TProperties>>)[type]?.terminal ?? false;

/** An event that has not been written yet, as its type asks for it. */
export type NewEvent = { [T in EventType]: { readonly type: T; readonly data: EventData<T> } }[EventType];
