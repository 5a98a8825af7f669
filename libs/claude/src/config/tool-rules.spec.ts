import { describe, expect, it } from 'vitest';
import { readToolRules } from './tool-rules.js';

describe('the operator’s rules about tool calls', () => {
  it('have patterns for names and inputs, and a reason', () => {
    const [one, two] = readToolRules({
      rules: [
        { tool: 'mcp__files__*', decision: 'allow' },
        { tool: 'Bash', input: { command: 'rm\\s+-rf' }, decision: 'deny', reason: 'nothing is removed here' },
      ],
    });
    expect(one?.tool.test('mcp__files__read')).toBe(true);
    expect(one?.tool.test('mcp__other__read')).toBe(false);
    expect(two?.input['command']?.test('sudo rm  -rf /')).toBe(true);
    expect(two?.reason).toBe('nothing is removed here');
  });

  it.each<[string, unknown, RegExp]>([
    ['no rules', {}, /list `rules`/],
    ['a rule that is none', { rules: [1] }, /rules\[0\] must be an object/],
    ['a field that is none', { rules: [{ tool: '*', decision: 'deny', inputs: {} }] }, /inputs/],
    ['no tool', { rules: [{ decision: 'deny' }] }, /rules\[0\]\.tool/],
    ['a tool with a pattern', { rules: [{ tool: 'Ba.+', decision: 'deny' }] }, /rules\[0\]\.tool/],
    ['a third decision', { rules: [{ tool: '*', decision: 'ask' }] }, /allow or deny/],
    ['a pattern that is none', { rules: [{ tool: '*', input: { a: '(' }, decision: 'deny' }] }, /input\.a/],
    ['an empty reason', { rules: [{ tool: '*', decision: 'deny', reason: '' }] }, /reason/],
  ])('with %s are refused', (_what, value, message) => {
    expect(() => readToolRules(value)).toThrow(message);
  });
});
