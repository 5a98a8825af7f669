import { type ErrorRow } from './error-row.types.js';
import { APPROVAL_ERRORS } from './approval.errors.js';
import { BREAKER_ERRORS } from './breaker.errors.js';
import { CLI_ERRORS } from './cli.errors.js';
import { FILES_ERRORS } from './files.errors.js';
import { MODEL_ERRORS } from './model.errors.js';
import { REQUEST_ERRORS } from './request.errors.js';
import { RUN_ERRORS } from './run.errors.js';
import { SERVER_ERRORS } from './server.errors.js';
import { WORKSPACE_ERRORS } from './workspace.errors.js';

/**
 * Every way to fail. A code is part of the contract: HTTP, Socket.IO, `run.failed` events, logs and metrics speak it,
 * and `docs/errors.md` is generated from these rows.
 */
export const ERRORS = {
  ...REQUEST_ERRORS,
  ...RUN_ERRORS,
  ...APPROVAL_ERRORS,
  ...WORKSPACE_ERRORS,
  ...CLI_ERRORS,
  ...FILES_ERRORS,
  ...MODEL_ERRORS,
  ...BREAKER_ERRORS,
  ...SERVER_ERRORS,
} as const;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];
export const errorRow = (code: ErrorCode): ErrorRow => ERRORS[code];
