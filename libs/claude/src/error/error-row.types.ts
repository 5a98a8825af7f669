import { type ErrorFixer, type ErrorKind } from './error-kind.table.js';

/** Facts of one failure, as data; values must be fit for a client to see. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface ErrorRow {
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly fixedBy: ErrorFixer;
  /** What happened and what to do; a function where the details belong into the sentence. */
  readonly message: string | ((details: ErrorDetails) => string);
}

/** A detail inside a sentence. */
export const detail = (details: ErrorDetails, key: string, otherwise: string): string => {
  const value = details[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
};
