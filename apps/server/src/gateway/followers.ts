import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { ClaudeError, ClaudeService, type Owner } from '@steward/claude';
import { type Socket } from 'socket.io';
import { ServerConfigService } from '../config/server-config.service.js';
import { SERVER_EVENTS } from './gateway.events.js';
import { type Followed } from './followed.js';
import { SocketErrors } from './socket-errors.js';
import { StreamFollower } from './stream-follower.js';

/** Streams that one socket may follow at once. */
const MAX_PER_SOCKET = 100;

/** Who follows what. A socket follows a stream at most once; subscribing again moves it to the new position. */
@Injectable()
export class Followers implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Gateway');
  private readonly bySocket = new Map<string, Map<string, StreamFollower>>();

  constructor(
    private readonly claude: ClaudeService,
    private readonly errors: SocketErrors,
    private readonly config: ServerConfigService,
  ) {}

  /** @throws ClaudeError `stream.too_many_subscriptions` */
  start(socket: Socket, owner: Owner, followed: Followed): void {
    // It left while its request was answered; nobody would stop what is begun now.
    if (!socket.connected) return;
    const { name } = followed;
    const mine = this.bySocket.get(socket.id) ?? new Map<string, StreamFollower>();
    this.bySocket.set(socket.id, mine);
    mine.get(name)?.stop();
    if (!mine.has(name) && mine.size >= MAX_PER_SOCKET)
      throw new ClaudeError('stream.too_many_subscriptions', { limit: MAX_PER_SOCKET });
    const follower = new StreamFollower(socket, {
      claude: this.claude,
      owner,
      followed,
      isPassing: (error) => this.errors.isPassing(error),
      stallMs: this.config.options.readerStallMs,
    });
    mine.set(name, follower);
    void this.carry(socket, follower, followed).finally(() => {
      if (mine.get(name) === follower) mine.delete(name);
    });
  }

  private async carry(socket: Socket, follower: StreamFollower, { runId, label }: Followed): Promise<void> {
    try {
      const ended = await follower.run();
      // The end of a run is its terminal event; a session has none.
      if (ended && runId === null) socket.emit(SERVER_EVENTS.closed, { ...label });
    } catch (error) {
      this.logger.warn({ runId, ...label, reason: (error as Error).message }, 'following ended early');
      socket.emit(SERVER_EVENTS.error, { id: runId, ...label, error: this.errors.problem(error) });
    }
  }

  /** @returns whether it was followed */
  stop(socket: Socket, name: string): boolean {
    const mine = this.bySocket.get(socket.id);
    mine?.get(name)?.stop();
    return mine?.delete(name) ?? false;
  }

  leave(socket: Socket): void {
    for (const follower of this.bySocket.get(socket.id)?.values() ?? []) follower.stop();
    this.bySocket.delete(socket.id);
  }

  beforeApplicationShutdown(): void {
    for (const mine of this.bySocket.values()) for (const follower of mine.values()) follower.stop();
  }
}
