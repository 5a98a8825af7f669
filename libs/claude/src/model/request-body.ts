import { type IncomingMessage } from 'node:http';

/** The CLI writes the model first; further than this nobody looks. */
const HEAD_BYTES = 1024;
const MODEL = /^\s*\{\s*"model"\s*:\s*"([^"\\]{1,128})"/;

/** Counts a request's body while it is passed on; knows the model from its beginning. */
export class RequestBody {
  bytes = 0;

  private constructor(
    request: IncomingMessage,
    /** Empty when the body begins with another field. */
    readonly model: string,
  ) {
    request.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
    });
    request.pause();
  }

  /** Looks at the first piece, and puts it back. Resolves also when the client leaves before it. */
  static of(request: IncomingMessage): Promise<RequestBody> {
    return new Promise((resolve) => {
      const begun = (chunk?: Buffer) => {
        request.off('data', begun);
        for (const end of ENDS) request.off(end, ended);
        request.pause();
        if (chunk) request.unshift(chunk);
        const head = chunk?.toString('utf8', 0, HEAD_BYTES) ?? '';
        resolve(new RequestBody(request, MODEL.exec(head)?.[1] ?? ''));
      };
      const ended = () => begun();
      for (const end of ENDS) request.once(end, ended);
      request.once('data', begun);
    });
  }
}

const ENDS = ['end', 'close', 'error'] as const;
