import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';

/** A stream whose every write leaves compressed at once, as a live answer needs it. Ending it ends the response. */
export function gzipInto(response: ServerResponse): Writable {
  const gzip = createGzip();
  const pass = (done: (error?: Error | null) => void): void => {
    const bytes = gzip.read() as Buffer | null;
    if (bytes === null) done();
    else response.write(bytes, done);
  };
  response.once('close', () => gzip.destroy());
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      gzip.write(chunk);
      gzip.flush(constants.Z_SYNC_FLUSH, () => pass(done));
    },
    final(done) {
      gzip.once('end', () => response.end(done));
      gzip.on('data', (bytes: Buffer) => response.write(bytes));
      gzip.end();
    },
  });
}
