import { ERROR_CODES } from '@steward/claude';
import { CLIENT, clientFile, listOf } from './client.file.js';

/** Every code that the server may answer. */
export const clientErrors = (): Record<string, string> => ({
  [`${CLIENT}/error-codes.generated.ts`]: clientFile([
    `/** Every code of docs/errors.md. */\nexport const ERROR_CODES = ${listOf(ERROR_CODES.toSorted())}`,
    'export type ErrorCode = (typeof ERROR_CODES)[number];',
  ]),
});
