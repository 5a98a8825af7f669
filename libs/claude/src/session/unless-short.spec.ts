import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { unlessShort } from './unless-short.js';

describe('a look that failed', () => {
  it.each(['/nowhere', '/etc/passwd'])('finds nothing in %s', async (path) => {
    expect(await readdir(path).catch(unlessShort([]))).toEqual([]);
  });

  // A process of its own would have to be brought to the end of its descriptors to see one.
  it.each(['EMFILE', 'ENOMEM', 'EIO'])('for %s finds out nothing', (code) => {
    const look = () => unlessShort([])(Object.assign(new Error(code), { code }));
    expect(look).toThrow(expect.objectContaining({ code: 'cli.spawn_failed', details: { errno: code } }));
  });
});
