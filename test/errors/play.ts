import { ERROR_KINDS, errorRow } from '@steward/claude';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Group, type OpenGroup } from './scenario.types.js';

const TIMEOUT_MS = 120_000;

/** Makes each failure of a group happen, and holds what was met against its row. */
export function play(one: Group): void {
  describe(one.name, () => {
    let open: OpenGroup | undefined;
    beforeAll(async () => {
      open = await one.open();
    });
    afterAll(() => open?.[Symbol.asyncDispose]());

    const each = one.inOrder ? it.each(one.codes) : it.concurrent.each(one.codes);
    each(
      '%s',
      async (code) => {
        const met = await open!.meet(code);
        const { kind, retryable } = errorRow(code);
        expect(met.code).toBe(code);
        if (met.retryable !== null) expect(met.retryable).toBe(retryable);
        if (met.status !== null) expect(met.status).toBe(ERROR_KINDS[kind].status);
        if (met.message !== null) {
          expect(met.message).toMatch(/^\S.{20,}/);
          expect(met.message).not.toMatch(/undefined|\[object|NaN/);
        }
      },
      TIMEOUT_MS,
    );
  });
}
