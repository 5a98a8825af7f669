import { detail, type ErrorRow } from './error-row.types.js';

/** What the CLI does wrong. */
export const CLI_ERRORS = {
  'cli.not_found': {
    kind: 'unavailable',
    retryable: false,
    fixedBy: 'operator',
    message:
      'The Claude Code CLI was not found: set CLAUDE_CLI_PATH, put `claude` on PATH, or run `npm install` with optional packages.',
  },
  'cli.unusable': {
    kind: 'unavailable',
    retryable: false,
    fixedBy: 'operator',
    message: (d) =>
      `The Claude Code CLI that was found does not work: ${detail(d, 'reason', 'it does not tell its version')}; run it by hand with --version, and install it anew.`,
  },
  'cli.spawn_failed': {
    kind: 'internal',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `The agent process could not be started (${detail(d, 'errno', 'unknown reason')}); the operator has to look at STEWARD_PYTHON, and at what the host has left.`,
  },
  'cli.failed_to_start': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `The CLI ended before it was ready (${detail(d, 'exit', 'no exit status')}); the last lines it printed are in the server's log.`,
  },
  'cli.start_timed_out': {
    kind: 'timeout',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `The CLI was not ready within ${detail(d, 'timeoutMs', 'the allowed')} ms; try again when the host has less to do.`,
  },
  'cli.crashed': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'us',
    message: (d) =>
      `The CLI ended in the middle of the run (${detail(d, 'exit', 'no exit status')}); the last lines it printed are in the server's log. Send it again.`,
  },
  'cli.protocol': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'us',
    message: (d) =>
      `The CLI said something that cannot be understood (${detail(d, 'reason', 'a broken line')}); send it again, and tell the operator when it comes back.`,
  },
  'cli.refused': {
    kind: 'upstream',
    retryable: false,
    fixedBy: 'us',
    message: (d) =>
      `The CLI refused what this server asked of it (${detail(d, 'reason', 'no reason')}); tell the operator.`,
  },
  'cli.no_answer': {
    kind: 'timeout',
    retryable: true,
    fixedBy: 'us',
    message: (d) =>
      `The CLI did not answer ${detail(d, 'request', 'a request')} within ${detail(d, 'timeoutMs', 'the allowed')} ms; send it again.`,
  },
  'cli.wedged': {
    kind: 'timeout',
    retryable: true,
    fixedBy: 'us',
    message: (d) =>
      `The CLI said and did nothing for ${detail(d, 'quietMs', 'some')} ms although it waited for nothing; it was ended.`,
  },
  'cli.failed': {
    kind: 'upstream',
    retryable: false,
    fixedBy: 'us',
    message: (d) =>
      `The CLI reported an error (${detail(d, 'subtype', 'unknown')}); details.reason has its words; tell the operator where they do not help.`,
  },
  'cli.sandbox_unavailable': {
    kind: 'unavailable',
    retryable: false,
    fixedBy: 'operator',
    message: (d) =>
      `Agent processes cannot be kept apart from this host (STEWARD_SANDBOX=${detail(d, 'mode', 'auto')}): ${detail(d, 'reason', 'unknown reason')}; docs/sandbox.md says what each mode needs.`,
  },
  'cli.memory_exceeded': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The agent and what it started used more than ${detail(d, 'limit', 'the allowed')} bytes of memory; ask for less at once.`,
  },
  'cli.cpu_exceeded': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The agent and what it started used more than ${detail(d, 'limit', 'the allowed')} ms of CPU time; ask for less in one run.`,
  },
  'cli.processes_exceeded': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The agent had more than ${detail(d, 'limit', 'the allowed')} processes at once; ask for less at once.`,
  },
  'cli.workspace_exceeded': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The files of the session (workspace, home, temporary files) grew past ${detail(d, 'limit', 'the allowed')} bytes; remove some of them. A folder whose path is longer than 4,095 bytes counts as all that is allowed.`,
  },
  'cli.life_exceeded': {
    kind: 'conflict',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `The agent process reached its longest life of ${detail(d, 'limit', 'the allowed')} ms; send it again.`,
  },
} as const satisfies Record<string, ErrorRow>;
