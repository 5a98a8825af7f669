import { type IncomingMessage } from 'node:http';

/** The CLI writes the model first; further than this nobody looks. */
const HEAD_BYTES = 1024;
const MODEL = /^\s*\{\s*"model"\s*:\s*"([^"\\]{1,128})"/;

/** Counts a request's body and reads the model from its beginning, while it is passed on. */
export class RequestBody {
  bytes = 0;
  private head = '';

  constructor(request: IncomingMessage) {
    request.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      if (this.head.length < HEAD_BYTES) this.head += chunk.toString('utf8', 0, HEAD_BYTES);
    });
    request.pause();
  }

  get model(): string {
    return MODEL.exec(this.head)?.[1] ?? '';
  }
}
