import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { type CancelCode } from './run.types.js';

const CHANNEL = 'steward:cancel';

/** Tells every worker that a run is to end. The request itself stands in the run's record; this only makes it quick. */
@Injectable()
export class CancelBus implements OnApplicationShutdown {
  private readonly listeners = new Map<string, (code: CancelCode) => void>();
  private listening: Promise<unknown> | undefined;

  constructor(private readonly redis: RedisConnections) {}

  /** Runs `onCancel` at most once, from when `heard` resolves until `unlisten` is called. */
  listen(
    runId: string,
    onCancel: (code: CancelCode) => void,
  ): { readonly heard: Promise<unknown>; readonly unlisten: () => void } {
    this.listeners.set(runId, onCancel);
    this.listening ??= this.subscribe();
    return { heard: this.listening, unlisten: () => this.listeners.delete(runId) };
  }

  async tell(runId: string, code: CancelCode): Promise<void> {
    await this.redis.commands.publish(CHANNEL, `${runId} ${code}`);
  }

  onApplicationShutdown(): void {
    this.listeners.clear();
  }

  private async subscribe(): Promise<void> {
    const connection = this.redis.blocking('cancel');
    connection.on('message', (_channel, message: string) => {
      const [runId = '', code] = message.split(' ');
      this.listeners.get(runId)?.(code as CancelCode);
    });
    await connection.subscribe(CHANNEL);
  }
}
