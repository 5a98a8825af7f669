import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';

const CHANNEL = 'steward:wanted';

/** A session that somebody wants to act on. */
export interface Wanted {
  readonly sessionId: string;
  /** The run that it is wanted for; null where nothing is to run. */
  readonly runId: string | null;
}

/** Who asks for a run looks at its own processes by itself. */
interface Asked extends Wanted {
  readonly by: string;
}

/**
 * Asks whoever keeps a session's process warm, and its lease with that, to carry a run or to let go. It only makes
 * things quick: the lease says who may act, and runs out by itself.
 */
@Injectable()
export class WantedBus {
  private readonly logger = new Logger('Session');
  private readonly name = randomUUID();

  constructor(private readonly redis: RedisConnections) {}

  async listen(take: (wanted: Wanted) => void): Promise<void> {
    const connection = this.redis.blocking('wanted');
    connection.on('message', (_channel, text: string) => {
      const { by, ...wanted } = JSON.parse(text) as Asked;
      if (by !== this.name || wanted.runId === null) take(wanted);
    });
    await connection.subscribe(CHANNEL);
  }

  async ask(wanted: Wanted): Promise<void> {
    const asked: Asked = { ...wanted, by: this.name };
    await this.redis.commands.publish(CHANNEL, JSON.stringify(asked)).catch((error: Error) => {
      this.logger.debug({ ...wanted, reason: error.message }, 'a session could not be asked for; its lease decides');
    });
  }
}
