import { isUtf8 } from 'node:buffer';
import { type IncomingMessage } from 'node:http';
import { ClaudeError } from '@steward/claude';
import { type NextFunction, type Request, type Response } from 'express';

/** A body of another type would be left unread and look like a missing one. */
export function onlyJsonBodies(request: Request, _response: Response, next: NextFunction): void {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (hasBody && !request.is('application/json')) next(new ClaudeError('request.media_type'));
  else next();
}

/** A body in another encoding, or with bytes that are none, would be read as something that nobody sent. */
export function onlyUtf8(request: IncomingMessage, _response: unknown, body: Buffer): void {
  const charset = /charset=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset)) throw new ClaudeError('request.media_type');
  if (!isUtf8(body)) throw ClaudeError.invalid([{ field: '', reason: 'is not JSON in UTF-8' }]);
}
