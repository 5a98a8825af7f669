import { type IncomingMessage } from 'node:http';

/** The CLI writes the model first; further than this nobody looks. */
const HEAD_BYTES = 1024;
const MODEL = /^\s*\{\s*"model"\s*:\s*"([^"\\]{1,128})"/;

/** Whoever asks for a stream says so last; the end of the body is no part of anything that it quotes. */
const TAIL_BYTES = 64;
const STREAMS = /"stream"\s*:\s*true\s*\}\s*$/;

/** Counts a request's body while it is passed on; knows the model from its beginning, and from its end what is asked for. */
export class RequestBody {
  bytes = 0;
  private tail = '';

  private constructor(
    request: IncomingMessage,
    /** Empty when the body begins with another field. */
    readonly model: string,
  ) {
    request.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.tail = (this.tail + chunk.toString('latin1', Math.max(0, chunk.length - TAIL_BYTES))).slice(-TAIL_BYTES);
    });
    request.pause();
  }

  /** Whether the answer is to come piece by piece, so that its beginning comes soon. Known when the whole body has passed. */
  get asksForStream(): boolean {
    return STREAMS.test(this.tail);
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
