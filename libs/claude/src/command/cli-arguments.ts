import { type CliConversation, type CliProfile } from './cli-profile.types.js';

/**
 * The `initialize` request, which carries the texts of any length: one argument of a program has at most 128 KiB, and
 * everybody on the host can read it.
 */
export function buildInitialize({ systemPrompt, appendSystemPrompt }: CliProfile): Readonly<Record<string, unknown>> {
  return {
    subtype: 'initialize',
    ...(systemPrompt === null ? {} : { systemPrompt: [systemPrompt] }),
    ...(appendSystemPrompt === null ? {} : { appendSystemPrompt }),
  };
}

/**
 * The command line of an agent process (PROTOCOL.md §0, §1).
 * No settings are read from anywhere and only MCP servers of the command line count: what an agent can write must not
 * act on its next process (§9). Variadic flags get one comma-joined value, since they would swallow what follows.
 */
export function buildArguments(profile: CliProfile, conversation: CliConversation): string[] {
  return [
    '-p',
    '--input-format',
    'stream-json',
    '--output-format',
    'stream-json',
    '--verbose',
    '--include-partial-messages',
    '--setting-sources',
    '',
    '--strict-mcp-config',
    '--permission-prompt-tool',
    'stdio',
    '--permission-mode',
    profile.permissionMode,
    conversation.resume ? '--resume' : '--session-id',
    conversation.cliSessionId,
    ...option('--model', profile.model),
    ...option('--max-turns', profile.maxTurns),
    ...option('--json-schema', profile.outputSchema),
    ...option('--allowedTools', profile.allowedRules.join(',') || null),
    ...option('--disallowedTools', profile.disallowedTools.join(',') || null),
  ];
}

const option = (name: string, value: string | number | null): string[] => (value === null ? [] : [name, String(value)]);
