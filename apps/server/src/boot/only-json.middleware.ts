import { ClaudeError } from '@steward/claude';
import { type NextFunction, type Request, type Response } from 'express';

/** A body of another type would be left unread and look like a missing one. */
export function onlyJsonBodies(request: Request, _response: Response, next: NextFunction): void {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (hasBody && !request.is('application/json')) next(new ClaudeError('request.media_type'));
  else next();
}
