import { type SandboxPlan } from '@steward/claude';
import { type ServerConfigService } from '../config/server-config.service.js';
import { API_PREFIX } from '../http/openapi/api.decorators.js';

/** Where everything is, for the person who started it. */
export function banner(url: string, config: ServerConfigService, sandbox: SandboxPlan | null): string {
  const { options, principals } = config;
  const lines = [
    `Steward is ready (role ${options.role}).`,
    ...(options.role === 'worker' ? [] : [`  API     ${url}/${API_PREFIX}`, `  Docs    ${url}/docs`]),
    `  Health  ${url}/health/ready`,
    `  Caller  ${principals.isLocal ? 'anybody on this machine (no STEWARD_API_KEYS)' : `${options.apiKeys.length} API key(s)`}`,
  ];
  if (sandbox?.mode === 'none') {
    lines.push('  No sandbox: agents run as this user and see what it sees (docs/sandbox.md).');
  }
  const isCloud = options.useBedrock === '1' || options.useVertex === '1';
  if (options.anthropicApiKey === null && options.anthropicAuthToken === null && !isCloud) {
    lines.push('  No model credential: set ANTHROPIC_API_KEY, or start with --demo, which needs none.');
  }
  return `${lines.join('\n')}\n`;
}
