import { type Redis } from 'ioredis';

export type ScriptReply = string | number | null | readonly ScriptReply[];

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

  async run(client: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply> {
    const commands = client as unknown as Record<string, (...words: (string | number)[]) => Promise<Reply>>;
    if (!commands[this.command]) client.defineCommand(this.command, { numberOfKeys: this.keys, lua: this.lua });
    return commands[this.command]!.call(client, ...keys, ...args) as Promise<Reply>;
  }
}
