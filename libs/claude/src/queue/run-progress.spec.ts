import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunProgress } from './run-progress.js';
import { type RunProgressView } from './run.types.js';

const delta = (messageId: string) => ({ type: 'text.delta', data: { text: 'x', messageId, block: 0 } }) as const;
const tool = {
  type: 'tool.started',
  data: { toolUseId: 't', name: 'Bash', input: {}, parentToolUseId: null },
} as const;
const usage = (inputTokens: number) =>
  ({
    type: 'usage',
    data: {
      usage: { inputTokens, outputTokens: 1, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
      costUsd: '0',
    },
  }) as const;

describe('progress', () => {
  let told: RunProgressView[];
  beforeEach(() => {
    told = [];
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it('counts turns, tools and tokens, and tells them once a second', () => {
    const progress = new RunProgress(null, (view) => told.push(view));
    for (const event of [delta('a'), delta('a'), tool, usage(9), delta('b')]) progress.note(event);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(told).toEqual([{ turns: 2, toolCalls: 1, tokens: 10 }]);
    vi.advanceTimersByTime(5000);
    expect(told).toHaveLength(1);
  });

  it('goes on from an earlier attempt, and tells the rest at its end', () => {
    const progress = new RunProgress({ turns: 3, toolCalls: 2, tokens: 50 }, (view) => told.push(view));
    for (const event of [tool, usage(20)]) progress.note(event);
    progress.close();
    progress.close();
    expect(told[0]).toEqual({ turns: 3, toolCalls: 3, tokens: 50 });
    expect(told).toHaveLength(1);
  });
});
