import { type Budgets, readBudgets } from './budgets.js';
import { type ModelPrices, readPrices } from './model-prices.js';
import { choice, decimal, integer, jsonFile } from './setting.builders.js';

/** The model gateway: where requests go, what they cost, and what may be spent. */
export const MODEL_SETTINGS = {
  useBedrock: choice('CLAUDE_CODE_USE_BEDROCK', ['0', '1'], {
    group: 'Model provider',
    initial: '0',
    about:
      '1: the CLI speaks to Amazon Bedrock with the AWS variables of the server, which agents then can read. The model gateway is not in the path: usage is the CLI’s own, budgets are checked between runs only.',
  }),
  useVertex: choice('CLAUDE_CODE_USE_VERTEX', ['0', '1'], {
    group: 'Model provider',
    initial: '0',
    about: '1: the same with Google Vertex AI and the Google variables of the server.',
  }),
  modelAnswerTimeoutMs: integer('STEWARD_MODEL_ANSWER_TIMEOUT_MS', {
    group: 'Model provider',
    initial: 9 * 60_000,
    min: 100,
    max: 24 * 3_600_000,
    about:
      'Milliseconds until an answer of the provider has to begin, the way there included. Then the connection is broken, which the CLI repeats as it does any broken one; its own patience ends after ten minutes.',
  }),
  modelFirstByteMs: integer('STEWARD_MODEL_FIRST_BYTE_MS', {
    group: 'Model provider',
    initial: 60_000,
    min: 100,
    max: 24 * 3_600_000,
    about:
      'Milliseconds that a streamed answer may take to begin, once the request was sent; as long again for each MiB of the request, since a long conversation takes long to read. Then the connection is broken, which the CLI repeats once. Keep it below `STEWARD_API_TIMEOUT_MS`, or the CLI leaves first, and nobody knows why.',
  }),
  modelStallMs: integer('STEWARD_MODEL_STALL_MS', {
    group: 'Model provider',
    initial: 60_000,
    min: 100,
    max: 24 * 3_600_000,
    about:
      'Milliseconds for which an answer that has begun may be silent, without as much as a ping. Then the connection is broken, which the CLI repeats once by itself; it would wait for five minutes.',
  }),
  modelSilenceMs: integer('STEWARD_MODEL_SILENCE_MS', {
    group: 'Model provider',
    initial: 4 * 60_000,
    min: 100,
    max: 24 * 3_600_000,
    about: 'The same for an answer that sends nothing but pings: a model that thinks unseen does that.',
  }),
  modelPrices: jsonFile<ModelPrices | null>('STEWARD_MODEL_PRICES', {
    group: 'Budgets',
    initial: null,
    read: readPrices,
    about:
      'Prices of models, instead of `libs/claude/data/model-prices.json`: a file of the same form. `unknownModel` names the row for models that have none; what is priced so is marked.',
  }),
  budgets: jsonFile<Budgets>('STEWARD_BUDGETS', {
    group: 'Budgets',
    initial: { everyone: null, tenants: {}, users: {} },
    read: readBudgets,
    about:
      'What each caller may spend in a day and a month (UTC), by file: `{ "everyone": { "day": { "costUsd": "5", "tokens": 2000000 }, "month": { "costUsd": "60" } }, "tenants": { "acme": … }, "users": { "acme/ann": … } }`. Each is a budget of every single caller; the most specific row counts, as a whole.',
  }),
  runMaxCostUsd: decimal('STEWARD_RUN_MAX_COST_USD', {
    group: 'Budgets',
    about:
      'Largest `maxCostUsd` of a run in USD, a decimal, and the one of runs that name none; without it there is none.',
  }),
  runMaxTokens: integer('STEWARD_RUN_MAX_TOKENS', {
    group: 'Budgets',
    initial: 0,
    min: 0,
    max: 1_000_000_000_000,
    about: 'Largest `maxTokens` of a run, and the one of runs that name none; 0: there is none.',
  }),
  modelRecording: choice('STEWARD_MODEL_RECORDING', ['off', 'on'], {
    group: 'Policy',
    initial: 'off',
    about:
      'Whether a request may ask for `recordModelTraffic`: all that is said to the model and by it is then kept, redacted, in `recordings/<run>.ndjson` of the data folder for STEWARD_MODEL_RECORDING_RETENTION_MS.',
  }),
  modelRecordingMaxBytes: integer('STEWARD_MODEL_RECORDING_MAX_BYTES', {
    group: 'Policy',
    initial: 256 * 1024 * 1024,
    min: 1024,
    max: 1024 ** 4,
    about:
      'Largest recording of a run. What does not fit is left out, the file says so in its last line, and a warning is logged; the run goes on.',
  }),
  modelRecordingRetentionMs: integer('STEWARD_MODEL_RECORDING_RETENTION_MS', {
    group: 'Policy',
    initial: 7 * 24 * 3_600_000,
    min: 1000,
    max: 10 * 365 * 24 * 3_600_000,
    about: 'How long a recording is kept after its last line; the worker then removes it.',
  }),
} as const;
