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
      `The Claude Code CLI that was found does not work: ${detail(d, 'reason', 'it does not tell its version')}.`,
  },
  'cli.spawn_failed': {
    kind: 'internal',
    retryable: true,
    fixedBy: 'operator',
    message: (d) => `The agent process could not be started (${detail(d, 'errno', 'unknown reason')}).`,
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
    message: (d) => `The CLI was not ready within ${detail(d, 'timeoutMs', 'the allowed')} ms.`,
  },
  'cli.crashed': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'us',
    message: (d) =>
      `The CLI ended in the middle of the run (${detail(d, 'exit', 'no exit status')}); the last lines it printed are in the server's log.`,
  },
  'cli.protocol': {
    kind: 'upstream',
    retryable: true,
    fixedBy: 'us',
    message: (d) => `The CLI said something that cannot be understood (${detail(d, 'reason', 'a broken line')}).`,
  },
  'cli.refused': {
    kind: 'upstream',
    retryable: false,
    fixedBy: 'us',
    message: (d) => `The CLI refused what this server asked of it (${detail(d, 'reason', 'no reason')}).`,
  },
  'cli.no_answer': {
    kind: 'timeout',
    retryable: true,
    fixedBy: 'us',
    message: (d) =>
      `The CLI did not answer ${detail(d, 'request', 'a request')} within ${detail(d, 'timeoutMs', 'the allowed')} ms.`,
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
    message: (d) => `The CLI reported an error (${detail(d, 'subtype', 'unknown')}).`,
  },
  'cli.sandbox_unavailable': {
    kind: 'unavailable',
    retryable: false,
    fixedBy: 'operator',
    message: (d) =>
      `Agent processes cannot be kept apart from this host (STEWARD_SANDBOX=${detail(d, 'mode', 'auto')}): ${detail(d, 'reason', 'unknown reason')}.`,
  },
  'cli.memory_exceeded': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The agent and what it started used more than ${detail(d, 'limit', 'the allowed')} bytes of memory.`,
  },
  'cli.cpu_exceeded': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `The agent and what it started used more than ${detail(d, 'limit', 'the allowed')} ms of CPU time.`,
  },
  'cli.processes_exceeded': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) => `The agent had more than ${detail(d, 'limit', 'the allowed')} processes at once.`,
  },
  'cli.workspace_exceeded': {
    kind: 'conflict',
    retryable: false,
    fixedBy: 'user',
    message: (d) =>
      `The files of the session (workspace, home, temporary files) grew past ${detail(d, 'limit', 'the allowed')} bytes; remove some of them.`,
  },
  'cli.life_exceeded': {
    kind: 'conflict',
    retryable: true,
    fixedBy: 'operator',
    message: (d) => `The agent process reached its longest life of ${detail(d, 'limit', 'the allowed')} ms.`,
  },
} as const satisfies Record<string, ErrorRow>;
