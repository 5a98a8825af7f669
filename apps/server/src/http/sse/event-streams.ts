import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { type PlacedFrame } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Request, type Response } from 'express';
import { credentialOf } from '../../auth/credential.js';
import { ServerConfigService } from '../../config/server-config.service.js';
import { ConnectionLimits } from '../../readers/connection-limits.js';
import { EventStream } from './event-stream.js';

/** How a source is to be read for one reader. */
export interface Reading {
  readonly signal: AbortSignal;
  readonly isBehind: () => boolean;
}

export interface StreamRequest {
  readonly caller: Principal;
  readonly request: Request;
  readonly response: Response;
  /** Where the reader begins. */
  readonly after: string;
  /** Whether it asked for another place, `end`, and has to be told which one that is. */
  readonly isPlaced?: boolean;
  readonly open: (reading: Reading) => AsyncIterable<readonly PlacedFrame[]>;
}

/** The event streams that this process serves; they end when it does, after the last events of what it drained. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly closing = new AbortController();

  constructor(
    private readonly config: ServerConfigService,
    private readonly limits: ConnectionLimits,
  ) {}

  beforeApplicationShutdown(): void {
    this.closing.abort();
  }

  /**
   * Serves one reader until the source ends, the reader leaves, or its credential is revoked.
   *
   * @throws ClaudeError `stream.too_many_connections`, before anything is sent
   */
  serve(asked: StreamRequest): Promise<void> {
    return this.serveNew(asked.caller, () => Promise.resolve(asked));
  }

  /**
   * The same for a source that is made for this reader: there is room for the reader before it is made.
   *
   * @throws ClaudeError `stream.too_many_connections`, and what `make` throws; nothing was sent then
   */
  async serveNew(caller: Principal, make: () => Promise<StreamRequest>): Promise<void> {
    const release = this.limits.take(caller);
    try {
      await this.stream(await make());
    } finally {
      release();
    }
  }

  private async stream({ request, response, after, open, isPlaced = false }: StreamRequest): Promise<void> {
    const { heartbeatMs, readerStallMs } = this.config.options;
    const revoked = this.config.principals.revocation(credentialOf(request.headers));
    const stream = new EventStream(response, { heartbeatMs, stallMs: readerStallMs, position: after, isPlaced });
    try {
      const signal = AbortSignal.any([stream.gone, this.closing.signal, revoked.signal]);
      let behind = false;
      for await (const frames of open({ signal, isBehind: () => behind })) {
        behind = await stream.send(frames);
      }
    } finally {
      stream.end();
      revoked.release();
    }
  }
}
