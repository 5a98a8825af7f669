import { describe, expect, it } from 'vitest';
import { BARE_PROFILE } from './cli-profile.types.js';
import { FOREGROUND_SUBAGENTS } from './foreground-subagents.js';
import { profileChanges, profileKey, serverPrograms, singleUseReason } from './process-profile.js';

const server = { command: 'node', args: ['x.mjs'] };

describe('profileKey', () => {
  it('is the same whatever the order of keys, and for what a live process can be told', () => {
    const agents = { a: { description: 'd', prompt: 'p' } };
    const turned = { a: { prompt: 'p', description: 'd' } };
    expect(profileKey({ ...BARE_PROFILE, agents }, null)).toBe(profileKey({ ...BARE_PROFILE, agents: turned }, null));
    const told = { ...BARE_PROFILE, permissionMode: 'plan', mcpServers: { s: server } } as const;
    expect(profileKey(told, null)).toBe(profileKey(BARE_PROFILE, null));
  });

  it.each([
    { model: 'haiku' },
    { systemPrompt: 'x' },
    { disallowedTools: ['Bash'] },
    { effort: 'low' as const },
    { maxTurns: 3 },
    { permissionMode: 'bypassPermissions' as const },
  ])('differs for %o', (change) => {
    expect(profileKey({ ...BARE_PROFILE, ...change }, null)).not.toBe(profileKey(BARE_PROFILE, null));
  });

  it('differs where other hooks are registered', () => {
    expect(profileKey(BARE_PROFILE, FOREGROUND_SUBAGENTS)).not.toBe(profileKey(BARE_PROFILE, null));
  });
});

describe('profileChanges', () => {
  it('is empty for the same, and one request for each difference', () => {
    expect(profileChanges(BARE_PROFILE, BARE_PROFILE)).toEqual([]);
    const to = { permissionMode: 'acceptEdits', mcpServers: { s: server } } as const;
    expect(profileChanges(BARE_PROFILE, to).map(({ subtype }) => subtype)).toEqual([
      'set_permission_mode',
      'mcp_set_servers',
    ]);
  });
});

describe('a process for one run only', () => {
  it('has a budget or settings of its workspace', () => {
    expect(singleUseReason(BARE_PROFILE)).toBeNull();
    expect(singleUseReason({ ...BARE_PROFILE, maxBudgetUsd: '1' })).toBe('budget');
    expect(singleUseReason({ ...BARE_PROFILE, settingSources: ['project'] })).toBe('settings');
  });

  it('counts programs among MCP servers, not addresses', () => {
    const mcpServers = { a: server, b: { type: 'http', url: 'http://127.0.0.1:1' } };
    expect(serverPrograms({ permissionMode: 'default', mcpServers })).toBe(1);
  });
});
