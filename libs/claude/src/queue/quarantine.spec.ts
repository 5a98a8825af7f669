import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClaudeConfigService } from '../config/index.js';
import { Quarantine } from './quarantine.js';

const PROBATION_MS = 1000;

describe('the quarantine', () => {
  let quarantine: Quarantine;
  let begun: string[];
  let leaves: Record<string, () => void>;

  beforeEach(() => {
    vi.useFakeTimers();
    quarantine = new Quarantine({ options: { probationMs: PROBATION_MS } } as unknown as ClaudeConfigService);
    [begun, leaves] = [[], {}];
  });
  afterEach(() => void vi.useRealTimers());

  const settle = () => vi.advanceTimersByTimeAsync(0);
  const enter = async (name: string, isSuspect = false): Promise<void> => {
    const entering = async () => {
      const leave = await quarantine.enter(isSuspect);
      begun.push(name);
      leaves[name] = leave;
    };
    void entering();
    await settle();
  };

  it('lets everybody in while nobody is suspect', async () => {
    await enter('a');
    await enter('b');
    expect([begun, quarantine.isClosed]).toEqual([['a', 'b'], false]);
  });

  it('keeps a suspect waiting for those that run, and others until it has ended', async () => {
    await enter('a');
    await enter('suspect', true);
    await enter('b');
    expect([begun, quarantine.isClosed]).toEqual([['a'], true]);
    leaves['a']!();
    await settle();
    expect(begun).toEqual(['a', 'suspect']);
    leaves['suspect']!();
    await settle();
    expect([begun, quarantine.isClosed]).toEqual([['a', 'suspect', 'b'], false]);
  });

  it('waits for nobody longer than its bound', async () => {
    await enter('a');
    await enter('suspect', true);
    await vi.advanceTimersByTimeAsync(PROBATION_MS);
    expect(begun).toEqual(['a', 'suspect']);
    await enter('b');
    expect(begun).not.toContain('b');
    await vi.advanceTimersByTimeAsync(PROBATION_MS);
    expect([begun, quarantine.isClosed]).toEqual([['a', 'suspect', 'b'], false]);
  });

  it('lets suspects in one after the other', async () => {
    await enter('one', true);
    await enter('two', true);
    await enter('b');
    expect(begun).toEqual(['one']);
    leaves['one']!();
    await settle();
    expect(begun).toEqual(['one', 'two']);
    leaves['two']!();
    await settle();
    expect(begun).toEqual(['one', 'two', 'b']);
    // Ended twice, or late, is ended once.
    leaves['one']!();
    await vi.advanceTimersByTimeAsync(10 * PROBATION_MS);
    expect(quarantine.isClosed).toBe(false);
  });
});
