import { CLAUDE_SETTINGS, type ClaudeOptions, loadSettings, SettingsError } from '@steward/claude';
import { SERVER_SETTINGS, type ServerOptions } from './server.settings.js';

export type Options = ClaudeOptions & ServerOptions;
export const ALL_SETTINGS = { ...SERVER_SETTINGS, ...CLAUDE_SETTINGS };

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const isLoopback = (host: string): boolean => LOOPBACK.has(host) || /^127(\.\d{1,3}){3}$/.test(host);

/**
 * The options of this server, all of them checked, and their combinations too.
 *
 * @throws SettingsError
 */
export function readOptions(env: Record<string, unknown>): Options {
  const options = loadSettings(ALL_SETTINGS, env as Record<string, string | undefined>);
  const problems = [];
  if (options.apiKeys.length === 0 && !isLoopback(options.host)) {
    problems.push({
      field: 'HOST',
      reason: `${options.host} is not loopback, so STEWARD_API_KEYS is needed; without keys anybody who reaches it could run commands`,
    });
  }
  if (options.role !== 'all' && options.redisUrl === null) {
    problems.push({
      field: 'REDIS_URL',
      reason: `is needed in role ${options.role}; only role all has a private Redis`,
    });
  }
  if (options.renewDeadlineMs > options.sessionLeaseMs) {
    problems.push({
      field: 'STEWARD_RENEW_DEADLINE_MS',
      reason: 'must not be above STEWARD_SESSION_LEASE_MS; else two workers could act on one session',
    });
  }
  if (options.useBedrock === '1' && options.useVertex === '1') {
    problems.push({
      field: 'CLAUDE_CODE_USE_VERTEX',
      reason: 'contradicts CLAUDE_CODE_USE_BEDROCK; choose one of them',
    });
  }
  if (options.runTimeoutMs > options.runMaxTimeoutMs) {
    problems.push({ field: 'STEWARD_RUN_TIMEOUT_MS', reason: 'must not be above STEWARD_RUN_MAX_TIMEOUT_MS' });
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return options;
}
