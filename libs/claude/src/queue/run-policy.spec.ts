import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLAUDE_SETTINGS, ClaudeConfigService, loadSettings } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { RunPolicy } from './run-policy.js';
import { type RunRequest } from './run.types.js';

function policyOf(env: Record<string, string> = {}): RunPolicy {
  return new RunPolicy(new ClaudeConfigService(loadSettings(CLAUDE_SETTINGS, env)));
}

function refusal(request: RunRequest, env?: Record<string, string>): [string, unknown] | null {
  try {
    policyOf(env).check(request);
    return null;
  } catch (error) {
    const { code, details, fields } = error as ClaudeError;
    return [code, fields?.[0]?.field ?? details['what']];
  }
}

describe('the policy', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'steward-policy-'));
    mkdirSync(join(root, 'open', 'below'), { recursive: true });
    mkdirSync(join(root, 'open-beside'));
    symlinkSync('/etc', join(root, 'open', 'link'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each<[string, RunRequest, Record<string, string>, string]>([
    ['a model', { prompt: 'x', model: 'a' }, { STEWARD_ALLOWED_MODELS: 'b' }, 'the model a'],
    ['a fallback', { prompt: 'x', fallbackModel: 'a' }, { STEWARD_ALLOWED_MODELS: 'b' }, 'the model a'],
    [
      'the model of a subagent',
      { prompt: 'x', agents: { s: { description: 'd', prompt: 'p', model: 'a' } } },
      { STEWARD_ALLOWED_MODELS: 'b' },
      'the model a',
    ],
    [
      'to bypass permissions',
      { prompt: 'x', permissionMode: 'bypassPermissions' },
      {},
      'the permission mode bypassPermissions',
    ],
    ['a folder', { prompt: 'x', addDirs: ['/etc'] }, {}, 'the folder /etc'],
    ['settings of the project', { prompt: 'x', settingSources: ['project'] }, {}, 'settings of the project'],
    ['a command', { command: { name: 'heapdump' } }, {}, 'the command heapdump'],
    [
      'clear',
      { command: { name: 'clear' } },
      { STEWARD_ALLOWED_COMMANDS: 'clear' },
      'the command clear; begin a new session instead',
    ],
  ])('does not allow %s by itself', (_what, request, env, what) => {
    expect(refusal(request, env)).toEqual(['policy.denied', what]);
  });

  it.each<RunRequest>([
    { command: { name: 'usage' } },
    { prompt: 'x', attachments: [{ name: 'a', data: 'YQ==' }] },
    { prompt: 'x', outputSchema: { type: 'object' } },
  ])('does not let a run that is under way take what it was not asked for: %o', (request) => {
    expect(refusal({ ...request, busyPolicy: 'steer' })).toEqual(['request.invalid', 'busyPolicy']);
    expect(refusal(request)).toBeNull();
  });

  it.each<[string, RunRequest, Record<string, string>]>([
    [
      'a mode',
      { prompt: 'x', permissionMode: 'bypassPermissions' },
      { STEWARD_ALLOWED_PERMISSION_MODES: 'bypassPermissions' },
    ],
    ['settings', { prompt: 'x', settingSources: ['project'] }, { STEWARD_ALLOWED_SETTING_SOURCES: 'project' }],
    ['a command', { command: { name: 'heapdump' } }, { STEWARD_ALLOWED_COMMANDS: 'heapdump' }],
    [
      'the main model for a subagent',
      { prompt: 'x', agents: { s: { description: 'd', prompt: 'p', model: 'inherit' } } },
      { STEWARD_ALLOWED_MODELS: 'b' },
    ],
  ])('allows %s where the operator says so', (_what, request, env) => {
    expect(refusal(request, env)).toBeNull();
  });

  it('a folder of the list opens what is below it, and nothing beside it or behind a link', () => {
    const env = { STEWARD_ALLOWED_DIRS: join(root, 'open') };
    const asked = (path: string) => refusal({ prompt: 'x', addDirs: [join(root, path)] }, env);
    expect(asked('open')).toBeNull();
    expect(asked('open/below')).toBeNull();
    for (const path of ['open-beside', 'open/link', 'open/../open-beside', 'open/nowhere'])
      expect(asked(path)).toEqual(['policy.denied', `the folder ${join(root, path)}`]);
  });

  it('an MCP server is one of the operator’s, by name', () => {
    expect(refusal({ prompt: 'x', mcpServers: ['files'] })).toEqual(['request.invalid', 'mcpServers']);
    expect(refusal({ prompt: 'x', mcpServers: ['constructor'] })).toEqual(['request.invalid', 'mcpServers']);
  });

  it('exactly one of prompt and command', () => {
    expect(refusal({})).toEqual(['request.invalid', 'prompt']);
    expect(refusal({ prompt: 'x', command: { name: 'context' } })).toEqual(['request.invalid', 'prompt']);
  });

  it('all wrong fields are named at once, with what the CLI would not say', () => {
    try {
      policyOf({ STEWARD_RUN_MAX_TIMEOUT_MS: '1000' }).check({ prompt: 'x', timeoutMs: 2000, tools: ['Bogus'] });
      expect.unreachable();
    } catch (error) {
      expect((error as ClaudeError).fields?.map(({ field }) => field)).toEqual(['timeoutMs', 'tools']);
    }
  });
});
