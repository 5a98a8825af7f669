import { describe, expect, it } from 'vitest';
import { buildArguments } from './cli-arguments.js';
import { buildEnvironment } from './cli-environment.js';
import { userLine } from './cli-lines.js';
import { type CliProfile } from './cli-profile.types.js';

const PROFILE: CliProfile = {
  model: null,
  systemPrompt: null,
  appendSystemPrompt: null,
  permissionMode: 'default',
  allowedRules: [],
  disallowedTools: [],
  maxTurns: null,
  outputSchema: null,
};
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
});

describe('the environment', () => {
  it('holds what was built and nothing of this process', () => {
    process.env['STEWARD_SPEC_LEAK'] = 'leak';
    const environment = buildEnvironment({
      folders: { home: '/h', config: '/c', tmp: '/t' },
      host: { PATH: '/bin' },
      apiKey: 'key',
      authToken: null,
      baseUrl: null,
      apiMaxRetries: 2,
      apiTimeoutMs: 1000,
    });
    delete process.env['STEWARD_SPEC_LEAK'];
    expect(environment).not.toHaveProperty('STEWARD_SPEC_LEAK');
    expect(environment).toMatchObject({ HOME: '/h', CLAUDE_CONFIG_DIR: '/c', TMPDIR: '/t', ANTHROPIC_API_KEY: 'key' });
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
