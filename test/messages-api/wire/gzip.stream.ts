import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';

/** A stream whose every write leaves compressed at once, as a live answer needs it. Ending it ends the response. */
export function gzipInto(response: ServerResponse): Writable {
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  gzip.pipe(response);
  response.once('close', () => gzip.destroy());
  return gzip;
}
