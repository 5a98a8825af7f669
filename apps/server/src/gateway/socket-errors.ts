import { Injectable, Logger } from '@nestjs/common';
import { ClaudeErrorService, ClaudeMetricsService } from '@steward/claude';
import { type Socket } from 'socket.io';
import { v7 as uuid } from 'uuid';
import { type Problem, problemOf } from '../http/problem/problem.js';
import { SERVER_EVENTS } from './gateway.events.js';

export type Acknowledgement =
  ({ readonly ok: true } & Readonly<Record<string, unknown>>) | { readonly ok: false; readonly error: Problem };

export type Acknowledge = (answer: Acknowledgement) => void;

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

  /** Whether what was thrown means only that Redis is away for now. */
  isPassing(thrown: unknown): boolean {
    return this.errors.normalize(thrown).code === 'queue.unavailable';
  }

  /** A sender that wants no acknowledgement hears at least what was wrong. */
  async answer(
    socket: Socket,
    acknowledge: Acknowledge | undefined,
    handle: () => Promise<Readonly<Record<string, unknown>>>,
  ): Promise<void> {
    try {
      const answer = await handle();
      acknowledge?.({ ok: true, ...answer });
    } catch (thrown) {
      this.refuse(socket, acknowledge, thrown);
    }
  }

  refuse(socket: Socket, acknowledge: Acknowledge | undefined, thrown: unknown): void {
    const error = this.problem(thrown);
    if (acknowledge) acknowledge({ ok: false, error });
    else socket.emit(SERVER_EVENTS.error, { id: null, error });
  }
}
