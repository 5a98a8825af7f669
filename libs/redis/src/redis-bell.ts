import { type RedisConnections } from './redis-connections.js';

type Hear = (text: string) => void;

/** What a listener has. */
export interface Listening {
  /** Resolves when nothing that is rung from then on is missed; rejects when it could not be asked for. */
  readonly heard: Promise<unknown>;
  /** Ends the listening; repeatable. Another listener to the same key, that came later, stays. */
  readonly unlisten: () => void;
}

/**
 * Rings at every process that listens to a key. What it is about stands elsewhere: a ring that nobody hears is lost, and
 * only makes something quick that happens without it, too. One listener to a key in a process; the newest hears.
 */
export class RedisBell {
  private readonly listeners = new Map<string, Hear>();
  private readonly channel: string;
  private listening: Promise<unknown> | undefined;

  constructor(
    private readonly redis: RedisConnections,
    private readonly name: string,
  ) {
    this.channel = `steward:${name}`;
  }

  /** @param key without a space */
  listen(key: string, hear: Hear): Listening {
    this.listeners.set(key, hear);
    this.listening ??= this.subscribe();
    // Asked for again by the next listener.
    this.listening.catch(() => (this.listening = undefined));
    const unlisten = () => {
      if (this.listeners.get(key) === hear) this.listeners.delete(key);
    };
    return { heard: this.listening, unlisten };
  }

  /** @throws while Redis is away */
  async ring(key: string, text = ''): Promise<void> {
    await this.redis.commands.publish(this.channel, `${key} ${text}`);
  }

  /** Waits for a Redis that is away; fails only when its connections are closed. */
  private async subscribe(): Promise<void> {
    const connection = this.redis.blocking(this.name);
    connection.on('message', (_channel, message: string) => {
      const [key = '', ...words] = message.split(' ');
      this.listeners.get(key)?.(words.join(' '));
    });
    await connection.subscribe(this.channel);
  }
}
