import { GUARD_METRICS } from './guard.metrics.js';
import { type MetricRow } from './metric-row.types.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/**
 * Everything that is counted. Names end in their unit; labels have few values (a code, a state), never an id.
 * `docs/metrics.md` is generated from these rows.
 */
export const METRICS = {
  runsSubmitted: { kind: 'counter', name: 'steward_runs_submitted_total', help: 'Runs accepted.', labels: [] },
  runsEnded: {
    kind: 'counter',
    name: 'steward_runs_ended_total',
    help: 'Runs ended, by state and error code (empty for completed).',
    labels: ['state', 'code'],
  },
  runsReturned: {
    kind: 'counter',
    name: 'steward_runs_returned_total',
    help: 'Attempts after which the run waits again: retry (it failed, or its worker was lost), park (a limit of the provider), approval (people are waited for), outage (a breaker is open), degrade (it goes on a step down), hand_over (its worker stopped).',
    labels: ['why'],
  },
  retryBudget: {
    kind: 'counter',
    name: 'steward_retry_budget_total',
    help: 'Retries that were asked of the budget of all workers, by answer: granted, refused.',
    labels: ['answer'],
  },
  breakersOpen: {
    kind: 'gauge',
    name: 'steward_breakers_open',
    help: 'Breakers of this process that are not closed, by scope: model, credential, spawn, redis.',
    labels: ['scope'],
  },
  breakerChanges: {
    kind: 'counter',
    name: 'steward_breaker_changes_total',
    help: 'Changes of breakers, by scope and new state: open, half_open, closed.',
    labels: ['scope', 'state'],
  },
  runsDegraded: {
    kind: 'counter',
    name: 'steward_runs_degraded_total',
    help: 'Steps that runs went down the ladder, by step: fallback_model, api, wait.',
    labels: ['step'],
  },
  approvals: {
    kind: 'counter',
    name: 'steward_approvals_total',
    help: 'Approvals that were decided, by decision (allow, deny, answer, withdrawn) and how (user, timeout, withdrawn).',
    labels: ['decision', 'by'],
  },
  runsResumed: {
    kind: 'counter',
    name: 'steward_runs_resumed_total',
    help: 'Attempts that went on with what an earlier one had begun.',
    labels: [],
  },
  runsRunning: { kind: 'gauge', name: 'steward_runs_running', help: 'Runs that this worker carries now.', labels: [] },
  runsWaiting: {
    kind: 'gauge',
    name: 'steward_runs_waiting',
    help: 'Accepted runs that have not ended and do not run, of all workers.',
    labels: [],
  },
  runDuration: {
    kind: 'histogram',
    name: 'steward_run_duration_seconds',
    help: 'From start to end of a run.',
    labels: ['state'],
    buckets: SECONDS,
  },
  runWait: {
    kind: 'histogram',
    name: 'steward_run_wait_seconds',
    help: 'From acceptance to start of a run.',
    labels: [],
    buckets: SECONDS,
  },
  runCpu: {
    kind: 'histogram',
    name: 'steward_run_cpu_seconds',
    help: 'CPU time of a run, with everything that its agent started.',
    labels: [],
    buckets: SECONDS,
  },
  runMemory: {
    kind: 'histogram',
    name: 'steward_run_peak_memory_bytes',
    help: 'Largest memory of a run that was seen, with everything that its agent started.',
    labels: [],
    buckets: [128, 256, 384, 512, 1024, 2048, 4096, 8192].map((mebibytes) => mebibytes * 1024 * 1024),
  },
  firstDelta: {
    kind: 'histogram',
    name: 'steward_run_first_delta_seconds',
    help: 'From start of a run to its first text delta.',
    labels: [],
    buckets: SECONDS,
  },
  tokens: { kind: 'counter', name: 'steward_tokens_total', help: 'Tokens of ended runs, by kind.', labels: ['kind'] },
  costUsd: {
    kind: 'counter',
    name: 'steward_cost_usd_total',
    help: 'Cost of ended runs in USD, by the price table.',
    labels: [],
  },
  agentProcesses: {
    kind: 'gauge',
    name: 'steward_agent_processes',
    help: 'Agent processes of this worker, by state.',
    labels: ['state'],
  },
  agentProcessesEnded: {
    kind: 'counter',
    name: 'steward_agent_processes_ended_total',
    help: 'Agent processes that are gone, by the first reason.',
    labels: ['reason'],
  },
  agentStart: {
    kind: 'histogram',
    name: 'steward_agent_start_seconds',
    help: 'From spawn of an agent process to ready.',
    labels: [],
    buckets: SECONDS,
  },
  warmProcesses: {
    kind: 'gauge',
    name: 'steward_warm_processes',
    help: 'Agent processes of this worker that wait for a prompt, by temperature: hot (of a session), spare (of none yet).',
    labels: ['temperature'],
  },
  agentsLent: {
    kind: 'counter',
    name: 'steward_agent_processes_lent_total',
    help: 'Agent processes given to runs, by how the run got one: hot, spare, resumed or new.',
    labels: ['how'],
  },
  warmEnded: {
    kind: 'counter',
    name: 'steward_warm_processes_ended_total',
    help: 'Warm agent processes that were ended or not kept, by reason: idle, age, count, memory, pressure, profile, outdated, planted, left, repeat, asked, died, stopped, lost.',
    labels: ['reason'],
  },
  cliMessages: {
    kind: 'counter',
    name: 'steward_cli_messages_total',
    help: 'Messages that the CLI printed, by type; unknown ones as `unknown` and `system/unknown`.',
    labels: ['type'],
  },
  cliNoise: {
    kind: 'counter',
    name: 'steward_cli_noise_lines_total',
    help: 'Lines on stdout of the CLI that are no messages and were skipped.',
    labels: [],
  },
  plantedFiles: {
    kind: 'counter',
    name: 'steward_planted_files_total',
    help: 'Files that would steer an agent process, found before its start and kept from acting: left in the workspace, or removed from the home of the session.',
    labels: ['where'],
  },
  toolsDenied: {
    kind: 'counter',
    name: 'steward_tools_denied_total',
    help: 'Tool calls that the policy of the operator did not let run, by who said so: rule, endpoint, or failure where it could not be asked.',
    labels: ['by'],
  },
  modelRequests: {
    kind: 'counter',
    name: 'steward_model_requests_total',
    help: 'Requests to the model that have ended, by outcome and HTTP status (empty without an answer).',
    labels: ['outcome', 'status'],
  },
  modelRequestsRunning: {
    kind: 'gauge',
    name: 'steward_model_requests_running',
    help: 'Requests to the model that this worker forwards now.',
    labels: [],
  },
  modelRefusals: {
    kind: 'counter',
    name: 'steward_model_refusals_total',
    help: 'Requests that the model gateway did not forward, by reason.',
    labels: ['reason'],
  },
  modelRehearsals: {
    kind: 'counter',
    name: 'steward_model_rehearsals_total',
    help: 'Counts of tokens by which spare processes made themselves ready; answered here, the provider is not asked.',
    labels: [],
  },
  modelFirstByte: {
    kind: 'histogram',
    name: 'steward_model_first_byte_seconds',
    help: 'From a request to the model to the beginning of its answer.',
    labels: [],
    buckets: SECONDS,
  },
  modelFirstToken: {
    kind: 'histogram',
    name: 'steward_model_first_token_seconds',
    help: 'From a request to the model to the first content of its answer.',
    labels: [],
    buckets: SECONDS,
  },
  modelBytes: {
    kind: 'counter',
    name: 'steward_model_bytes_total',
    help: 'Bytes between CLI and model, by direction: `request`, `response`.',
    labels: ['direction'],
  },
  modelMalformed: {
    kind: 'counter',
    name: 'steward_model_malformed_answers_total',
    help: 'Answers of the model that could not be read to their end; they were passed on as they were.',
    labels: [],
  },
  usageDifferences: {
    kind: 'counter',
    name: 'steward_usage_differences_total',
    help: 'Ended runs whose figures by the CLI differ from those on the wire, by what differs: `tokens`, `cost`.',
    labels: ['what'],
  },
  unpricedRuns: {
    kind: 'counter',
    name: 'steward_unpriced_runs_total',
    help: 'Ended runs that used a model without a price of its own.',
    labels: [],
  },
  budgetsExceeded: {
    kind: 'counter',
    name: 'steward_budgets_exceeded_total',
    help: 'Runs that were refused or ended for their budget, by scope: `run`, `day`, `month`.',
    labels: ['scope'],
  },
  eventsAppended: {
    kind: 'counter',
    name: 'steward_events_appended_total',
    help: 'Events written into run logs.',
    labels: [],
  },
  connections: {
    kind: 'gauge',
    name: 'steward_connections',
    help: 'Event streams and sockets that this process holds open.',
    labels: [],
  },
  readers: { kind: 'gauge', name: 'steward_readers', help: 'Readers that follow a run at this process.', labels: [] },
  staleWrites: {
    kind: 'counter',
    name: 'steward_stale_writes_total',
    help: 'Appends refused because the writer had lost its run.',
    labels: [],
  },
  sessionsCreated: { kind: 'counter', name: 'steward_sessions_created_total', help: 'Sessions created.', labels: [] },
  cleanedUp: {
    kind: 'counter',
    name: 'steward_cleaned_up_total',
    help: 'What the clean-up removed: `sessions` that nobody used, `places` that crashes had left.',
    labels: ['what'],
  },
  sessionsClosed: { kind: 'counter', name: 'steward_sessions_closed_total', help: 'Sessions closed.', labels: [] },
  errors: {
    kind: 'counter',
    name: 'steward_request_errors_total',
    help: 'Requests answered with an error, by code.',
    labels: ['code'],
  },
  ...GUARD_METRICS,
} as const satisfies Record<string, MetricRow>;

export type MetricKey = keyof typeof METRICS;
export const metricRow = (key: MetricKey): MetricRow => METRICS[key];
