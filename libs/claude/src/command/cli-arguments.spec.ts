import { describe, expect, it } from 'vitest';
import { buildArguments } from './cli-arguments.js';
import { buildEnvironment } from './cli-environment.js';
import { userLine } from './cli-lines.js';
import { BARE_PROFILE as PROFILE, type CliProfile } from './cli-profile.types.js';
import { hookCallbacks } from './hooks.js';
import { buildInitialize } from './initialize-request.js';

const ID = '00000000-0000-4000-8000-000000000000';

describe('the command line', () => {
  it('reads no settings and no MCP files', () => {
    const args = buildArguments(PROFILE, { cliSessionId: ID, resume: false });
    expect(args[args.indexOf('--setting-sources') + 1]).toBe('');
    expect(args).toContain('--strict-mcp-config');
    expect(args.slice(args.indexOf('--session-id'))).toEqual(['--session-id', ID]);
  });

  it('gives each variadic flag one word', () => {
    const profile = { ...PROFILE, allowedRules: ['Bash(git *)', 'Read'], disallowedTools: ['WebFetch', 'WebSearch'] };
    const args = buildArguments(profile, { cliSessionId: ID, resume: true });
    expect(args[args.indexOf('--allowedTools') + 1]).toBe('Bash(git *),Read');
    expect(args[args.indexOf('--disallowedTools') + 1]).toBe('WebFetch,WebSearch');
    expect(args).toContain('--resume');
    expect(args).not.toContain('--session-id');
  });

  it('has a word for each option, and none for what was not asked for', () => {
    const profile: CliProfile = {
      ...PROFILE,
      model: 'opus',
      fallbackModel: 'haiku',
      effort: 'low',
      thinking: 'disabled',
      thinkingDisplay: 'omitted',
      maxThinkingTokens: 2000,
      taskBudget: 5000,
      maxBudgetUsd: '0.5',
      maxTurns: 3,
      betas: ['context-1m-2025-08-07'],
      tools: [],
      addDirs: ['/srv/a', '/srv/b'],
      settingSources: ['project', 'local'],
      permissionMode: 'plan',
    };
    const args = buildArguments(profile, { cliSessionId: ID, resume: false });
    const asked = {
      '--model': 'opus',
      '--fallback-model': 'haiku',
      '--effort': 'low',
      '--thinking': 'disabled',
      '--thinking-display': 'omitted',
      '--max-thinking-tokens': '2000',
      '--task-budget': '5000',
      '--max-budget-usd': '0.5',
      '--max-turns': '3',
      '--betas': 'context-1m-2025-08-07',
      '--tools': '',
      '--add-dir': '/srv/a,/srv/b',
      '--setting-sources': 'project,local',
      '--permission-mode': 'plan',
    };
    for (const [flag, value] of Object.entries(asked))
      expect([flag, args[args.indexOf(flag) + 1]]).toEqual([flag, value]);
    const bare = buildArguments(PROFILE, { cliSessionId: ID, resume: false });
    for (const flag of Object.keys(asked).slice(0, 12)) expect(bare).not.toContain(flag);
  });

  it('keeps texts of a caller off the command line, where others could read them', () => {
    const texts = { systemPrompt: 'SECRET-1', appendSystemPrompt: 'SECRET-2', outputSchema: { title: 'SECRET-3' } };
    const agents = { reviewer: { description: 'SECRET-4', prompt: 'SECRET-5' } };
    const profile = { ...PROFILE, ...texts, agents, mcpServers: { one: { command: 'SECRET-6' } } };
    expect(buildArguments(profile, { cliSessionId: ID, resume: false }).join(' ')).not.toContain('SECRET');
    expect(buildInitialize(profile, {})).toEqual({
      subtype: 'initialize',
      systemPrompt: ['SECRET-1'],
      appendSystemPrompt: 'SECRET-2',
      jsonSchema: { title: 'SECRET-3' },
      agents,
      forwardSubagentText: true,
    });
  });

  it('puts the leading agent where the CLI looks for it', () => {
    const agents = { lead: { description: 'd', prompt: 'p' }, other: { description: 'd', prompt: 'p' } };
    const args = buildArguments({ ...PROFILE, agents, agent: 'lead' }, { cliSessionId: ID, resume: false });
    expect(JSON.parse(args[args.indexOf('--agents') + 1]!)).toEqual({ lead: agents.lead });
    expect(args[args.indexOf('--agent') + 1]).toBe('lead');
  });

  it('asks for hooks in the first request only when there are any', () => {
    expect(buildInitialize(PROFILE, hookCallbacks(null))).toEqual({ subtype: 'initialize', forwardSubagentText: true });
    const hooks = hookCallbacks({ timeoutMs: 4500, beforeTool: () => Promise.resolve({ decision: 'pass' }) });
    expect(hooks).toEqual({ PreToolUse: [{ matcher: '*', hookCallbackIds: ['steward-before-tool'], timeout: 5 }] });
  });
});

describe('the environment', () => {
  it('holds what was built and nothing of this process', () => {
    process.env['STEWARD_SPEC_LEAK'] = 'leak';
    const environment = buildEnvironment({
      folders: { home: '/h', config: '/c', tmp: '/t' },
      host: { PATH: '/bin' },
      model: { ANTHROPIC_API_KEY: 'token', ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' },
      apiMaxRetries: 2,
      apiTimeoutMs: 1000,
      confinedRoot: false,
      memoryFiles: false,
      tuning: { variables: { ENGINE: 'fast' }, shellSetup: '/setup' },
    });
    delete process.env['STEWARD_SPEC_LEAK'];
    expect(environment).not.toHaveProperty('STEWARD_SPEC_LEAK');
    expect(environment).toMatchObject({
      HOME: '/h',
      CLAUDE_CONFIG_DIR: '/c',
      TMPDIR: '/t',
      ANTHROPIC_API_KEY: 'token',
      ENGINE: 'fast',
      BASH_ENV: '/setup',
    });
    expect(environment).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');
  });
});

it('a prompt is one line whatever is in it, and its text is not touched', () => {
  const prompt = '/clear\nline two \u2028 \u0085 "quoted" \\ 🎈';
  const line = userLine(prompt, ID);
  expect(line).not.toContain('\n');
  const { message } = JSON.parse(line) as { message: { content: { text: string }[] } };
  expect(message.content.map((block) => block.text)).toEqual([prompt, '']);
});
