import { Injectable, Logger } from '@nestjs/common';
import { ClaudeErrorService, ClaudeMetricsService } from '@steward/claude';
import { v7 as uuid } from 'uuid';
import { type Problem, problemOf } from '../http/problem/problem.js';

export type Acknowledgement =
  ({ readonly ok: true } & Readonly<Record<string, unknown>>) | { readonly ok: false; readonly error: Problem };

/** What is thrown while a message is handled, as the acknowledgement that its sender gets. */
@Injectable()
export class SocketErrors {
  private readonly logger = new Logger('Gateway');

  constructor(
    private readonly errors: ClaudeErrorService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  problem(thrown: unknown): Problem {
    const error = this.errors.normalize(thrown);
    const requestId = uuid();
    this.metrics.count('errors', { code: error.code });
    if (error.status >= 500)
      this.logger.error({ requestId, code: error.code, err: error.cause ?? error }, 'message failed');
    return problemOf(error, requestId);
  }

  async answer(handle: () => Promise<Readonly<Record<string, unknown>>>): Promise<Acknowledgement> {
    try {
      return { ok: true, ...(await handle()) };
    } catch (thrown) {
      return { ok: false, error: this.problem(thrown) };
    }
  }
}
