import { type Environment } from './load-settings.js';

/**
 * Variables of the server that reach agent processes. Everything else stays out, since Bash and MCP servers of the
 * agent inherit the CLI's whole environment (PROTOCOL.md §6).
 */
const PASSED_VARIABLES = [
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

/** Variables of Bedrock and Vertex, which the CLI needs itself where the operator chose them. */
const BEDROCK_VARIABLES = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'ANTHROPIC_BEDROCK_BASE_URL',
  'CLAUDE_CODE_SKIP_BEDROCK_AUTH',
] as const;
const VERTEX_VARIABLES = [
  'CLOUD_ML_REGION',
  'ANTHROPIC_VERTEX_PROJECT_ID',
  'ANTHROPIC_VERTEX_BASE_URL',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_CLOUD_PROJECT',
  'CLAUDE_CODE_SKIP_VERTEX_AUTH',
] as const;
/** Those of them that are credentials: masked wherever text is shown. */
export const PROVIDER_SECRETS = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK'] as const;

/** Who answers the CLI: the Messages API behind the model gateway, or a cloud that the CLI speaks to by itself. */
export type ModelProvider = 'anthropic' | 'bedrock' | 'vertex';

export function providerVariables(provider: ModelProvider, env: Environment): Record<string, string> {
  if (provider === 'anthropic') return {};
  const names = provider === 'bedrock' ? BEDROCK_VARIABLES : VERTEX_VARIABLES;
  const flag = provider === 'bedrock' ? 'CLAUDE_CODE_USE_BEDROCK' : 'CLAUDE_CODE_USE_VERTEX';
  return { [flag]: '1', ...Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : []))) };
}
