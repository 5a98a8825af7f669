import { expect, it } from 'vitest';
import { tuningVariables } from './cli-tuning.js';

it("leaves the allocator as it is where the C library's is slow with threads", () => {
  const { Malloc, ...others } = tuningVariables(false);
  expect(Malloc).toBe('1');
  expect(tuningVariables(true)).toEqual(others);
});
