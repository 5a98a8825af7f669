import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';

/** What may be forgotten at any moment: facts that are dear to find and cannot change while they are kept. */
@Injectable()
export class ClaudeCacheService {
  constructor(@Inject(CACHE_MANAGER) private readonly cache: Cache) {}

  /**
   * The value under this key, found once for all who ask at the same time.
   *
   * @param ttlMs how long it may be kept, in milliseconds
   * @throws whatever `find` throws; a failure is not kept
   */
  async once<T>(key: string, ttlMs: number, find: () => Promise<T>): Promise<T> {
    return this.cache.wrap(key, find, ttlMs);
  }

  async get<T>(key: string): Promise<T | undefined> {
    return this.cache.get<T>(key);
  }

  async set(key: string, value: unknown, ttlMs: number): Promise<void> {
    await this.cache.set(key, value, ttlMs);
  }

  async forget(key: string): Promise<void> {
    await this.cache.del(key);
  }
}
