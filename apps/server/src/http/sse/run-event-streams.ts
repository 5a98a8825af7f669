import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { ClaudeService, type Owner, type RunView } from '@steward/claude';
import { type Response } from 'express';
import { ServerConfigService } from '../../config/server-config.service.js';
import { EventStream } from './event-stream.js';
import { frameJson } from './frame-json.js';

/** The event streams that this process serves; they end when it does, after the last events of what it drained. */
@Injectable()
export class RunEventStreams implements BeforeApplicationShutdown {
  private readonly open = new Set<AbortController>();

  constructor(
    private readonly claude: ClaudeService,
    private readonly config: ServerConfigService,
  ) {}

  beforeApplicationShutdown(): void {
    for (const controller of this.open) controller.abort();
  }

  /** Serves one reader from a position until the terminal event, or until it leaves. */
  async serve(run: RunView, owner: Owner, after: number, response: Response): Promise<void> {
    if (run.endedAt !== null && after >= run.lastSeq) {
      // Nothing will ever follow: 204 tells an EventSource to stop reconnecting.
      response.status(204).end();
      return;
    }
    const { heartbeatMs, readerStallMs } = this.config.options;
    const closing = new AbortController();
    this.open.add(closing);
    const stream = new EventStream(response, { heartbeatMs, stallMs: readerStallMs });
    try {
      const signal = AbortSignal.any([stream.gone, closing.signal]);
      let behind = false;
      const isBehind = () => behind;
      const ids = { runId: run.id, sessionId: run.sessionId };
      for await (const frames of this.claude.follow(run.id, owner, { after, signal, isBehind })) {
        behind = await stream.send(
          frames.map((frame) => ({ id: frame.seq, event: frame.type, json: frameJson(frame, ids) })),
        );
      }
    } finally {
      stream.end();
      this.open.delete(closing);
    }
  }
}
