import { setTimeout as delay } from 'node:timers/promises';
import { type Redis } from 'ioredis';
import { isRedisRefusal } from './refusal.js';

export type ScriptReply = string | number | null | readonly ScriptReply[];

const PAUSE_MS = 50;
const PAUSE_MAX_MS = 1000;

/** A Lua script as a function: sent once by text, afterwards by its hash. Atomic on the server. */
export class RedisScript<Reply extends ScriptReply = ScriptReply> {
  private readonly command: string;

  constructor(
    name: string,
    private readonly keys: number,
    private readonly lua: string,
  ) {
    this.command = `steward_${name}`;
  }

  /** On a connection that is patient it waits for a Redis that refuses to do it for now; nothing was done then. */
  async run(client: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply> {
    const isPatient = client.options.maxRetriesPerRequest === null;
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      try {
        return await this.send(client, keys, args);
      } catch (error) {
        if (!isPatient || !isRedisRefusal(error) || client.status === 'end') throw error;
      }
      await delay(pauseMs, undefined, { ref: false });
    }
  }

  private send(client: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply> {
    const commands = client as unknown as Record<string, (...words: (string | number)[]) => Promise<Reply>>;
    if (!commands[this.command]) client.defineCommand(this.command, { numberOfKeys: this.keys, lua: this.lua });
    return commands[this.command]!(...keys, ...args);
  }
}
