import { APPROVAL_SETTINGS } from './approval.settings.js';
import { FILES_SETTINGS } from './files.settings.js';
import { GUARD_SETTINGS } from './guard.settings.js';
import { POOL_SETTINGS } from './pool.settings.js';
import { readShares, type Shares } from './shares.js';
import { MODEL_SETTINGS } from './model.settings.js';
import { OUTAGE_SETTINGS } from './outage.settings.js';
import { POLICY_SETTINGS } from './policy.settings.js';
import { RETURN_SETTINGS } from './return.settings.js';
import { SANDBOX_SETTINGS } from './sandbox.settings.js';
import { choice, integer, jsonFile, optional, string } from './setting.builders.js';
import { type SettingValues } from './setting.types.js';
import { CREDENTIAL_FORM } from './model-credentials.js';
import { WORKSPACE_SETTINGS } from './workspace.settings.js';

const HOUR = 3_600_000;

const CREDENTIAL = { pattern: CREDENTIAL_FORM, expected: 'one line without spaces, of printable ASCII' } as const;

/**
 * Everything about the CLI, sessions, runs and the queue that an operator can set.
 * `docs/configuration.md` and `.env.example` are generated from these rows.
 */
export const CLAUDE_SETTINGS = {
  role: choice('STEWARD_ROLE', ['all', 'api', 'worker'], {
    group: 'Server',
    initial: 'all',
    about:
      'What this process does: `api` takes requests, `worker` carries runs, `all` both. `api` and `worker` need REDIS_URL.',
  }),
  dataDir: string('STEWARD_DATA_DIR', {
    group: 'Data',
    initial: '.data',
    about:
      'Folder of workspaces, transcripts and the embedded servers; created with mode 0700, used by one server at a time.',
  }),
  cliPath: optional('CLAUDE_CLI_PATH', {
    group: 'CLI',
    about: 'Path of the Claude Code CLI. Without it: `claude` on PATH, then the npm package in node_modules.',
  }),
  pythonPath: string('STEWARD_PYTHON', {
    group: 'CLI',
    initial: 'python3',
    about: 'Python 3 (≥ 3.9) that runs the supervisor of each agent process.',
  }),
  anthropicApiKey: optional('ANTHROPIC_API_KEY', {
    group: 'Model provider',
    secret: true,
    ...CREDENTIAL,
    about:
      'API key for the model provider. Agents never get it: the model gateway puts it in. With `_FILE` it can be replaced while the server runs; the file is read again when it changes, and on SIGHUP.',
  }),
  anthropicAuthToken: optional('ANTHROPIC_AUTH_TOKEN', {
    group: 'Model provider',
    secret: true,
    ...CREDENTIAL,
    about: 'Bearer token for the model provider, instead of an API key; the same holds for it.',
  }),
  anthropicBaseUrl: optional('ANTHROPIC_BASE_URL', {
    group: 'Model provider',
    pattern: /^https?:\/\/[^\s]+$/,
    expected: 'an http or https URL',
    about: 'Address of the Messages API; without it the public one.',
  }),
  defaultModel: optional('STEWARD_DEFAULT_MODEL', {
    group: 'Model provider',
    about: "Model of runs that name none; without it the CLI's own default.",
  }),
  ...MODEL_SETTINGS,
  ...POLICY_SETTINGS,
  ...APPROVAL_SETTINGS,
  backgroundMaxWaitMs: integer('STEWARD_BACKGROUND_MAX_WAIT_MS', {
    group: 'Runs',
    initial: 10 * 60_000,
    min: 0,
    max: 24 * HOUR,
    about:
      'Runs with `backgroundTasks: wait`: milliseconds after the first answer until tasks that still run are ended.',
  }),
  apiMaxRetries: integer('STEWARD_API_MAX_RETRIES', {
    group: 'Model provider',
    initial: 2,
    min: 0,
    max: 10,
    about:
      "The CLI's own retries of a failed model request. Its default of 10 means three minutes before an error is told.",
  }),
  apiTimeoutMs: integer('STEWARD_API_TIMEOUT_MS', {
    group: 'Model provider',
    initial: 120_000,
    min: 1000,
    max: HOUR,
    about: 'Milliseconds that the CLI waits for the headers of one model answer.',
  }),
  workerConcurrency: integer('STEWARD_WORKER_CONCURRENCY', {
    group: 'Runs',
    initial: 4,
    min: 1,
    max: 256,
    about: 'Runs that one worker carries at once, each with an agent process of about 0.25 GiB.',
  }),
  runTimeoutMs: integer('STEWARD_RUN_TIMEOUT_MS', {
    group: 'Runs',
    initial: 30 * 60_000,
    min: 1000,
    max: 24 * HOUR,
    about:
      'Milliseconds that a run may take when the request says nothing, from its start. Time in which it waits, for a limit of the provider or a further attempt, does not count.',
  }),
  runMaxTimeoutMs: integer('STEWARD_RUN_MAX_TIMEOUT_MS', {
    group: 'Runs',
    initial: 4 * HOUR,
    min: 1000,
    max: 24 * HOUR,
    about: 'Largest `timeoutMs` that a request may ask for, in milliseconds.',
  }),
  ...RETURN_SETTINGS,
  ...OUTAGE_SETTINGS,
  runRetentionMs: integer('STEWARD_RUN_RETENTION_MS', {
    group: 'Runs',
    initial: 24 * HOUR,
    min: 60_000,
    max: 30 * 24 * HOUR,
    about: 'Milliseconds that an ended run stays readable.',
  }),
  logRetentionMs: integer('STEWARD_LOG_RETENTION_MS', {
    group: 'Runs',
    initial: 6 * HOUR,
    min: 1000,
    max: 30 * 24 * HOUR,
    about:
      'Milliseconds that the events of an ended run stay readable, at most as long as the run itself. Afterwards a reader gets `stream.gap` and the terminal event.',
  }),
  runLogBytes: integer('STEWARD_RUN_LOG_BYTES', {
    group: 'Runs',
    initial: 64 * 1024 ** 2,
    min: 16 * 1024,
    max: 1024 ** 3,
    about:
      'Bytes of deltas that the log of one run keeps one by one. Beyond them the oldest are cut; readers who have not seen them get their text in one `stream.snapshot`.',
  }),
  runOutputBytes: integer('STEWARD_RUN_OUTPUT_BYTES', {
    group: 'Runs',
    initial: 512 * 1024 ** 2,
    min: 64 * 1024,
    max: 4 * 1024 ** 3,
    about: 'Bytes of all events of one run; a run that writes more is ended with `run.output_too_large`.',
  }),
  maxPromptBytes: integer('STEWARD_MAX_PROMPT_BYTES', {
    group: 'Runs',
    initial: 1_000_000,
    min: 1000,
    max: 32_000_000,
    about: 'Largest prompt, in bytes of UTF-8.',
  }),
  shares: jsonFile<Shares>('STEWARD_SHARES', {
    group: 'Runs',
    initial: { everyone: null, tenants: {}, users: {} },
    read: readShares,
    about:
      'What each caller may have of the workers, by file: `{ "everyone": { "weight": 1, "concurrency": 8, "maxWaiting": 1000 }, "tenants": { "acme": { "weight": 4 } }, "users": { "acme/ann": … } }`. Waiting runs start in proportion to the weights (1 to 1000, default 1); `concurrency` and `maxWaiting` bound what runs and what waits of one caller (0, the default: no bound of its own). The most specific row counts, as a whole.',
  }),
  queueMaxWaiting: integer('STEWARD_QUEUE_MAX_WAITING', {
    group: 'Runs',
    initial: 10_000,
    min: 1,
    max: 1_000_000,
    about: 'Runs that may wait at once; one more is refused with `queue.full`.',
  }),
  startTimeoutMs: integer('STEWARD_CLI_START_TIMEOUT_MS', {
    group: 'CLI',
    initial: 30_000,
    min: 500,
    max: 10 * 60_000,
    about: 'Milliseconds from spawn until the CLI has to be ready.',
  }),
  interruptGraceMs: integer('STEWARD_INTERRUPT_GRACE_MS', {
    group: 'CLI',
    initial: 400,
    min: 0,
    max: 60_000,
    about: 'Ending a run: milliseconds that the CLI has to answer an interrupt before its process is ended.',
  }),
  eofGraceMs: integer('STEWARD_EOF_GRACE_MS', {
    group: 'CLI',
    initial: 300,
    min: 0,
    max: 60_000,
    about: 'Ending a process: milliseconds after its stdin was closed before SIGTERM.',
  }),
  killGraceMs: integer('STEWARD_KILL_GRACE_MS', {
    group: 'CLI',
    initial: 200,
    min: 0,
    max: 60_000,
    about: 'Ending a process: milliseconds after SIGTERM before SIGKILL of the whole tree.',
  }),
  controlTimeoutMs: integer('STEWARD_CONTROL_TIMEOUT_MS', {
    group: 'CLI',
    initial: 10_000,
    min: 100,
    max: 10 * 60_000,
    about: 'Milliseconds that the CLI has to answer a control request (interrupt, context usage, …).',
  }),
  renewDeadlineMs: integer('STEWARD_RENEW_DEADLINE_MS', {
    group: 'CLI',
    initial: 8000,
    min: 1000,
    max: 10 * 60_000,
    about:
      "Dead man's switch: milliseconds without a sign of life of this server after which a supervisor ends its agent process.",
  }),
  maxLineBytes: integer('STEWARD_MAX_LINE_BYTES', {
    group: 'CLI',
    initial: 64 * 1024 * 1024,
    min: 65_536,
    max: 512 * 1024 * 1024,
    about: 'Largest line that the CLI may print, in bytes.',
  }),
  sessionLeaseMs: integer('STEWARD_SESSION_LEASE_MS', {
    group: 'Sessions',
    initial: 10_000,
    min: 2000,
    max: 10 * 60_000,
    about: 'Milliseconds after which the session of a dead worker may be taken over; renewed at a third of it.',
  }),
  sessionRetentionMs: integer('STEWARD_SESSION_RETENTION_MS', {
    group: 'Sessions',
    initial: 7 * 24 * HOUR,
    min: 60_000,
    max: 365 * 24 * HOUR,
    about:
      'Milliseconds after its last use (a run, or files put or removed) that a session is closed and its workspace removed.',
  }),
  maxSessions: integer('STEWARD_MAX_SESSIONS', {
    group: 'Sessions',
    initial: 10_000,
    min: 1,
    max: 1_000_000,
    about: 'Open sessions of one owner; one more is refused with `session.limit_reached`.',
  }),
  maxSessionsTotal: integer('STEWARD_MAX_SESSIONS_TOTAL', {
    group: 'Sessions',
    initial: 100_000,
    min: 1,
    max: 10_000_000,
    about: 'Open sessions of all owners together; one more is refused with `session.total_reached`.',
  }),
  ...WORKSPACE_SETTINGS,
  ...POOL_SETTINGS,
  ...FILES_SETTINGS,
  ...GUARD_SETTINGS,
  shutdownGraceMs: integer('STEWARD_SHUTDOWN_GRACE_MS', {
    group: 'Runs',
    initial: 25_000,
    min: 0,
    max: HOUR,
    about: 'Milliseconds that running work has to end after SIGTERM before it is ended.',
  }),
  environment: choice('STEWARD_ENVIRONMENT', ['development', 'production'], {
    group: 'Server',
    initial: 'development',
    about: '`production` refuses to run agent processes without a sandbox.',
  }),
  ...SANDBOX_SETTINGS,
} as const;

export type ClaudeOptions = SettingValues<typeof CLAUDE_SETTINGS>;
