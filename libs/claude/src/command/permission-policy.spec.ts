import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideTool } from './permission-policy.js';

describe('tools without a person', () => {
  let root: string;
  let workspace: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'steward-policy-'));
    workspace = join(root, 'workspace');
    mkdirSync(join(workspace, 'inside'), { recursive: true });
    symlinkSync(root, join(workspace, 'way-out'));
    symlinkSync('/etc/passwd', join(workspace, 'passwd'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const decide = (toolName: string, input: Record<string, unknown>) =>
    decideTool({ toolName, input }, { tools: new Set(['Write', 'Bash', 'NotebookEdit']), workspace }).behavior;

  it.each([
    ['new.txt', 'allow'],
    ['inside/deep/new.txt', 'allow'],
    ['inside/../new.txt', 'allow'],
    ['.', 'allow'],
    ['../escape.txt', 'deny'],
    ['inside/../../escape.txt', 'deny'],
    ['way-out/escape.txt', 'deny'],
    ['passwd', 'deny'],
  ])('Write %s: %s', (path, behavior) => {
    expect(decide('Write', { file_path: join(workspace, path) })).toBe(behavior);
    expect(decide('Write', { file_path: path })).toBe(behavior);
  });

  it('denies absolute paths elsewhere, and a folder whose name only begins like the workspace', () => {
    for (const path of ['/etc/passwd', `${workspace}-other/a`])
      expect(decide('Write', { file_path: path })).toBe('deny');
    expect(decide('NotebookEdit', { notebook_path: '/tmp/x.ipynb' })).toBe('deny');
  });

  it('passes the input on unchanged, and denies what the policy does not name', () => {
    const input = { command: 'echo hi' };
    expect(decideTool({ toolName: 'Bash', input }, { tools: new Set(['Bash']), workspace })).toEqual({
      behavior: 'allow',
      updatedInput: input,
    });
    expect(decide('WebFetch', { url: 'http://x' })).toBe('deny');
  });
});
