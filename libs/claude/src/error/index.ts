export { ClaudeError, type ErrorView, type FieldProblem } from './claude.error.js';
export { claudeErrorOf } from './claude-error-of.js';
export { ClaudeErrorService } from './claude-error.service.js';
export { type Classified, classifyFailedResult, type FailedResult, type WireTrouble } from './classify-end.js';
export { ERROR_KINDS, type ErrorFixer, type ErrorKind } from './error-kind.table.js';
export { type ErrorDetails, type ErrorRow } from './error-row.types.js';
export { ERROR_CODES, type ErrorCode, errorRow, ERRORS } from './error.table.js';
export { ErrorModule } from './error.module.js';
export { redact } from './redact.js';
