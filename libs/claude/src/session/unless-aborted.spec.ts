import { describe, expect, it } from 'vitest';
import { deferred } from '../stream/index.js';
import { unlessAborted } from './unless-aborted.js';

describe('what others wait for as well', () => {
  it('is waited for', async () => {
    const { signal } = new AbortController();
    await expect(unlessAborted(signal, Promise.resolve(7))).resolves.toBe(7);
    await expect(unlessAborted(signal, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('is not waited for by who is not wanted any more', async () => {
    const never = deferred();
    const leaving = new AbortController();
    const waits = unlessAborted(leaving.signal, never.promise);
    leaving.abort(new Error('cancelled'));
    await expect(waits).rejects.toThrow('cancelled');
    await expect(unlessAborted(leaving.signal, never.promise)).rejects.toThrow('cancelled');
  });
});
