import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FirstLook } from './first-look.js';

/** A look that takes a moment, and what was done in which order. */
function lookAt() {
  const done: string[] = [];
  const first = new FirstLook(
    async () => {
      done.push('look');
      await delay(5);
      done.push('seen');
      return 'files';
    },
    async (seen) => {
      await delay(5);
      done.push(`kept ${seen}`);
    },
  );
  return { done, first };
}

describe('the first look at a workspace', () => {
  it('begins when somebody needs it, once, and is kept after it', async () => {
    const { done, first } = lookAt();
    expect(done).toEqual([]);
    expect(await Promise.all([first.taken(), first.taken()])).toEqual(['files', 'files']);
    expect(done).toEqual(['look', 'seen']);
    await first.kept();
    expect(done).toEqual(['look', 'seen', 'kept files']);
  });

  it('begins by itself after a while', async () => {
    const { done } = lookAt();
    await expect.poll(() => done).toEqual(['look', 'seen', 'kept files']);
  });

  it('is not begun for who leaves before it, and waited for by who leaves during it', async () => {
    const early = lookAt();
    await early.first.leave();
    await delay(150);
    expect(early.done).toEqual([]);
    const late = lookAt();
    void late.first.taken();
    await late.first.leave();
    expect(late.done).toEqual(['look', 'seen', 'kept files']);
  });
});
