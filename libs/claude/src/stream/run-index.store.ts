import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { type StreamEntry } from './tail.types.js';

export const BEGINNING = '0-0';
const BATCH = 200;

export interface IndexEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The streams that name runs and events: of a session, of an owner. */
@Injectable()
export class RunIndexStore {
  constructor(private readonly redis: RedisConnections) {}

  /** Entries after one, and whether the ones between may be gone: they are cut from the oldest on, it first. */
  async after(key: string, id: string): Promise<{ readonly entries: IndexEntry[]; readonly isGap: boolean }> {
    const [there, entries] = (await this.redis.commands
      .multi()
      .xrange(key, id, id)
      .xrange(key, `(${id}`, '+', 'COUNT', BATCH)
      .exec())!;
    const isGap = id !== BEGINNING && (there![1] as StreamEntry[]).length === 0;
    return { entries: (entries![1] as StreamEntry[]).map(entryOf), isGap };
  }

  /** Id of the newest entry. */
  async newest(key: string): Promise<string> {
    return (await this.last(key))?.id ?? BEGINNING;
  }

  /** The newest entries, the last one first. */
  async newestFirst(key: string): Promise<IndexEntry[]> {
    return (await this.redis.commands.xrevrange(key, '+', '-', 'COUNT', BATCH)).map(entryOf);
  }

  async last(key: string): Promise<IndexEntry | null> {
    const [entry] = await this.redis.commands.xrevrange(key, '+', '-', 'COUNT', 1);
    return entry ? entryOf(entry) : null;
  }
}

function entryOf([id, words]: StreamEntry): IndexEntry {
  const fields: Record<string, string> = {};
  for (let at = 0; at < words.length; at += 2) fields[words[at]!] = words[at + 1]!;
  return { id, fields };
}
