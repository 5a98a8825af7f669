import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';

const CHANNEL = 'steward:approved';

/** Tells the worker of a run that something of it was decided. What, stands in the store; this only makes it quick. */
@Injectable()
export class ApprovalBus implements OnApplicationShutdown {
  private readonly listeners = new Map<string, () => void>();
  private listening: Promise<unknown> | undefined;

  constructor(private readonly redis: RedisConnections) {}

  /** @returns ends the listening */
  listen(runId: string, hear: () => void): () => void {
    this.listeners.set(runId, hear);
    this.listening ??= this.subscribe();
    // Until it is heard, and when it never is, who waits looks by themselves.
    this.listening.catch(() => (this.listening = undefined));
    return () => this.listeners.delete(runId);
  }

  async tell(runId: string): Promise<void> {
    await this.redis.commands.publish(CHANNEL, runId);
  }

  onApplicationShutdown(): void {
    this.listeners.clear();
  }

  private async subscribe(): Promise<void> {
    const connection = this.redis.blocking('approved');
    connection.on('message', (_channel, runId: string) => this.listeners.get(runId)?.());
    await connection.subscribe(CHANNEL);
  }
}
