import { type Environment } from './load-settings.js';

/**
 * Variables of the server that reach agent processes. Everything else stays out, since Bash and MCP servers of the
 * agent inherit the CLI's whole environment (PROTOCOL.md §6).
 */
export const PASSED_VARIABLES = [
  'PATH',
  'LANG',
  'LC_ALL',
  'TZ',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
] as const;

export function passedVariables(env: Environment): Record<string, string> {
  return Object.fromEntries(PASSED_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
