import { ClaudeError, type ErrorCode, errorRow, SettingsError } from '@steward/claude';
import { RedisUnavailableError } from '@steward/redis';

/** sysexits: what is wrong with the configuration does not get better by a restart. */
const EXIT_CONFIG = 78;
const EXIT_UNAVAILABLE = 69;
const EXIT_OTHER = 1;

/** Why the server did not start, for the person who started it and for what restarts it. */
export interface StartFailure {
  readonly code: ErrorCode;
  readonly exitCode: number;
  /** Ends with the code. */
  readonly text: string;
}

export function startFailureOf(thrown: unknown): StartFailure {
  const code = codeOf(thrown);
  const { message } = errorRow(code);
  // What nobody foresaw has no sentence of the table that would help; its own, and where it was, may.
  const text =
    code === 'server.address_in_use' && typeof message === 'string'
      ? message
      : thrown instanceof Error
        ? thrown.message
        : String(thrown);
  const stack = code === 'internal.error' && thrown instanceof Error ? `\n${thrown.stack ?? ''}` : '';
  return { code, exitCode: exitCodeOf(code, thrown), text: `${text} (${code})${stack}` };
}

function codeOf(thrown: unknown): ErrorCode {
  if (thrown instanceof ClaudeError) return thrown.code;
  if (thrown instanceof SettingsError) return 'config.invalid';
  if (thrown instanceof RedisUnavailableError) return thrown.isMissing ? 'redis.not_found' : 'redis.failed';
  return (thrown as NodeJS.ErrnoException | null)?.code === 'EADDRINUSE' ? 'server.address_in_use' : 'internal.error';
}

function exitCodeOf(code: ErrorCode, thrown: unknown): number {
  if (code === 'config.invalid' || thrown instanceof ClaudeError) return EXIT_CONFIG;
  return code === 'internal.error' ? EXIT_OTHER : EXIT_UNAVAILABLE;
}
