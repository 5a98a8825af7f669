import { randomUUID } from 'node:crypto';
import { type NextFunction, type Request, type Response } from 'express';

const SANE = /^[A-Za-z0-9_.:-]{1,128}$/;

/** The caller's id, where it is sane, so that both logs can be joined. First of all: a refused body has one, too. */
export function requestIds(request: Request & { id?: unknown }, response: Response, next: NextFunction): void {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && SANE.test(given) ? given : randomUUID();
  request.id = id;
  response.setHeader('request-id', id);
  next();
}
