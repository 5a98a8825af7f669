import { type CliConversation, type CliProfile } from './cli-profile.types.js';

/**
 * The command line of an agent process (PROTOCOL.md §0, §1).
 * No settings are read unless the policy names a source, and no MCP file ever counts: what an agent can write must not
 * act on its next process (§9). Variadic flags get one comma-joined value, since they would swallow what follows.
 * Texts of a caller (prompts, schemas, subagents) are not here but in `initialize`: a word of a command line is
 * limited to 128 KiB, and other users of the host can read it.
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
    profile.settingSources.join(','),
    '--strict-mcp-config',
    '--permission-prompt-tool',
    'stdio',
    '--permission-mode',
    profile.permissionMode,
    conversation.resume ? '--resume' : '--session-id',
    conversation.cliSessionId,
    ...option('--model', profile.model),
    ...option('--fallback-model', profile.fallbackModel),
    ...option('--effort', profile.effort),
    ...option('--thinking', profile.thinking),
    ...option('--thinking-display', profile.thinkingDisplay),
    ...option('--max-thinking-tokens', profile.maxThinkingTokens),
    ...option('--task-budget', profile.taskBudget),
    ...option('--max-budget-usd', profile.maxBudgetUsd),
    ...option('--max-turns', profile.maxTurns),
    ...option('--betas', joined(profile.betas)),
    ...option('--tools', profile.tools === null ? null : profile.tools.join(',')),
    ...option('--allowedTools', joined(profile.allowedRules)),
    ...option('--disallowedTools', joined(profile.disallowedTools)),
    ...option('--add-dir', joined(profile.addDirs)),
    // The CLI looks for the leading agent before `initialize` tells the others, so this one is here.
    ...option('--agents', leading(profile)),
    ...option('--agent', profile.agent),
  ];
}

const joined = (words: readonly string[]): string | null => words.join(',') || null;

function leading({ agent, agents }: CliProfile): string | null {
  const definition = agent === null ? undefined : agents?.[agent];
  return definition ? JSON.stringify({ [agent!]: definition }) : null;
}

const option = (name: string, value: string | number | null): string[] => (value === null ? [] : [name, String(value)]);
