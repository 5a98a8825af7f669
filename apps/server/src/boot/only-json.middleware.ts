import { isUtf8 } from 'node:buffer';
import { type IncomingMessage } from 'node:http';
import { ClaudeError } from '@steward/claude';
import { takesAttachments } from '../config/body-bytes.js';
import { type NextFunction, type Request, type Response } from 'express';

/** A file that is put somewhere is bytes, whatever its type says. */
const isFile = ({ method, url }: IncomingMessage): boolean => method === 'PUT' && FILE_PATH.test(url ?? '');
const FILE_PATH = /^\/api\/v1\/claude\/sessions\/[^/?]+\/files\//;

/** What the JSON parser reads; all else is left to its handler. */
export const isJsonBody = (request: IncomingMessage): boolean =>
  !isFile(request) && Boolean((request as Request).is('application/json'));

/** The same where attachments make it larger. */
export const isRunBody = (request: IncomingMessage): boolean =>
  takesAttachments(request.method, request.url) && isJsonBody(request);

const isForm = (request: Request): boolean =>
  takesAttachments(request.method, request.url) && Boolean(request.is('multipart/form-data'));

/** A body of another type would be left unread and look like a missing one. */
export function onlyJsonBodies(request: Request, _response: Response, next: NextFunction): void {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (hasBody && !isFile(request) && !isForm(request) && !request.is('application/json'))
    next(new ClaudeError('request.media_type'));
  else next();
}

/**
 * A body in another encoding, or with bytes that are none, would be read as something that nobody sent. The parser that
 * calls this writes a status into what is thrown: a plain error, which the filter understands.
 */
export function onlyUtf8(request: IncomingMessage, _response: unknown, body: Buffer): void {
  const charset = /charset=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset)) throw Object.assign(new Error('another encoding'), { status: 415, expose: true });
  (request as IncomingMessage & { bodyBytes?: number }).bodyBytes = body.length;
  if (!isUtf8(body)) throw Object.assign(new Error('not UTF-8'), { status: 400, expose: true });
}
