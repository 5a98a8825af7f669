import { ERROR_CODES } from '@steward/claude';
import { describe, expect, it } from 'vitest';
import { NOT_PRODUCED, REQUEST_SIDE, RUN_SIDE } from './registry.js';

describe('the scenarios of the table of errors', () => {
  const codes = [...REQUEST_SIDE, ...RUN_SIDE].flatMap((one) => one.codes);

  it('are one for each row, except for those that say why not', () => {
    expect([...codes, ...Object.keys(NOT_PRODUCED)].toSorted()).toEqual(ERROR_CODES.toSorted());
    expect(Object.keys(NOT_PRODUCED).length).toBeLessThanOrEqual(5);
  });
});
