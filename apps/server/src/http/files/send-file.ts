import { once } from 'node:events';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ClaudeError, type OpenFile } from '@steward/claude';
import { type Request, type Response } from 'express';

/** Bytes of a file, both ends included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Answers with a file, or the part of it that was asked for. What an agent has written is never shown as a page of this
 * server: a browser saves it.
 */
export async function sendFile(file: OpenFile, request: Request, response: Response): Promise<void> {
  const { path, size, etag, modifiedAt } = file.entry;
  try {
    response.attachment(posix.basename(path));
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('content-security-policy', "default-src 'none'; sandbox");
    response.setHeader('cache-control', 'private, no-cache');
    response.setHeader('accept-ranges', 'bytes');
    response.setHeader('etag', etag!);
    response.setHeader('last-modified', new Date(modifiedAt).toUTCString());
    if (request.fresh) return void response.status(304).end();
    const range = rangeOf(request, size, etag!, response);
    if (range) response.status(206).setHeader('content-range', `bytes ${range.from}-${range.to}/${size}`);
    const { from, to } = range ?? { from: 0, to: size - 1 };
    response.setHeader('content-length', to - from + 1);
    if (request.method === 'HEAD' || to < from) return void response.end();
    // A reader that leaves is no failure, and one file that became shorter cannot be told any more.
    await pipeline(file.stream(from, to), response).catch(() => response.destroy());
  } finally {
    await file.close();
  }
}

/** @throws ClaudeError `files.range` */
function rangeOf(request: Request, size: number, etag: string, response: Response): Range | null {
  const condition = request.headers['if-range'];
  if (request.method !== 'GET' || (condition !== undefined && condition !== etag)) return null;
  const ranges = request.range(size, { combine: true });
  // Several at once are answered by the whole, as the standard has it.
  if (ranges === undefined || ranges === -2) return null;
  if (ranges === -1) {
    response.setHeader('content-range', `bytes */${size}`);
    for (const name of ['content-disposition', 'etag', 'last-modified']) response.removeHeader(name);
    throw new ClaudeError('files.range', { size });
  }
  const [only] = ranges;
  return ranges.length === 1 && ranges.type === 'bytes' && only ? { from: only.start, to: only.end } : null;
}

/** An archive as it is packed. One that breaks off is a connection that breaks off. */
export async function sendArchive(archive: NodeJS.ReadableStream, name: string, response: Response): Promise<void> {
  response.attachment(name).type('application/gzip');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'private, no-store');
  const gone = once(response, 'close');
  await Promise.race([pipeline(archive, response).catch(() => response.destroy()), gone]);
}
