import { Injectable } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { type CleanUp, type CleanUpView } from './clean-up.types.js';

const LOCK = 'steward:clean-up:lock';
const REPORT = 'steward:clean-up';

const RELEASE = new RedisScript<number>(
  'clean_up_release',
  1,
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
);

/** Who cleans up now, and what was removed so far, by all workers. */
@Injectable()
export class CleanUpStore {
  constructor(private readonly redis: RedisConnections) {}

  /** @returns false when another one cleans up now */
  async take(name: string, forMs: number): Promise<boolean> {
    if ((await this.redis.commands.set(LOCK, name, 'PX', forMs, 'NX')) === 'OK') return true;
    if ((await this.redis.commands.get(LOCK)) !== name) return false;
    return (await this.redis.commands.set(LOCK, name, 'PX', forMs, 'XX')) === 'OK';
  }

  async release(name: string): Promise<void> {
    await RELEASE.run(this.redis.commands, [LOCK], [name]);
  }

  /** One has come to its end. */
  async note({ sessions, places, bytes }: CleanUp): Promise<void> {
    const at = new Date().toISOString();
    const noted = this.redis.commands.multi().hset(REPORT, 'lastAt', at);
    if (sessions + places > 0)
      noted
        .hset(REPORT, { removedAt: at, sessions, places, bytes })
        .hincrby(REPORT, 'allSessions', sessions)
        .hincrby(REPORT, 'allPlaces', places)
        .hincrby(REPORT, 'allBytes', bytes);
    await noted.exec();
  }

  async view(): Promise<CleanUpView> {
    const fields = await this.redis.commands.hgetall(REPORT);
    const number = (name: string) => Number(fields[name] ?? 0);
    const removed = { sessions: number('sessions'), places: number('places'), bytes: number('bytes') };
    return {
      lastAt: fields['lastAt'] ?? null,
      last: fields['removedAt'] === undefined ? null : { at: fields['removedAt'], ...removed },
      total: { sessions: number('allSessions'), places: number('allPlaces'), bytes: number('allBytes') },
    };
  }
}
