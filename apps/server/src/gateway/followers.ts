import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { ClaudeError, ClaudeService, type Owner, type RunView } from '@steward/claude';
import { type Socket } from 'socket.io';
import { ServerConfigService } from '../config/server-config.service.js';
import { SERVER_EVENTS } from './gateway.events.js';
import { RunFollower } from './run-follower.js';
import { SocketErrors } from './socket-errors.js';

/** Runs that one socket may follow at once. */
const MAX_PER_SOCKET = 100;

/** Who follows what. A socket follows a run at most once; subscribing again moves it to the new position. */
@Injectable()
export class Followers implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Gateway');
  private readonly bySocket = new Map<string, Map<string, RunFollower>>();

  constructor(
    private readonly claude: ClaudeService,
    private readonly errors: SocketErrors,
    private readonly config: ServerConfigService,
  ) {}

  /** @throws ClaudeError `stream.too_many_subscriptions` */
  start(socket: Socket, owner: Owner, run: RunView, after: number): void {
    const mine = this.bySocket.get(socket.id) ?? new Map<string, RunFollower>();
    this.bySocket.set(socket.id, mine);
    mine.get(run.id)?.stop();
    if (!mine.has(run.id) && mine.size >= MAX_PER_SOCKET)
      throw new ClaudeError('stream.too_many_subscriptions', { limit: MAX_PER_SOCKET });
    const follower = new RunFollower(socket, {
      claude: this.claude,
      owner,
      runId: run.id,
      sessionId: run.sessionId,
      after,
      isPassing: (error) => this.errors.isPassing(error),
      stallMs: this.config.options.readerStallMs,
    });
    mine.set(run.id, follower);
    void follower
      .run()
      .catch((error: Error) => {
        this.logger.warn({ runId: run.id, reason: error.message }, 'following a run ended early');
        socket.emit(SERVER_EVENTS.error, { id: run.id, error: this.errors.problem(error) });
      })
      .finally(() => {
        if (mine.get(run.id) === follower) mine.delete(run.id);
      });
  }

  /** @returns whether it was followed */
  stop(socket: Socket, runId: string): boolean {
    const mine = this.bySocket.get(socket.id);
    mine?.get(runId)?.stop();
    return mine?.delete(runId) ?? false;
  }

  leave(socket: Socket): void {
    for (const follower of this.bySocket.get(socket.id)?.values() ?? []) follower.stop();
    this.bySocket.delete(socket.id);
  }

  beforeApplicationShutdown(): void {
    for (const mine of this.bySocket.values()) for (const follower of mine.values()) follower.stop();
  }
}
