import { CacheModule as NestCacheModule } from '@nestjs/cache-manager';
import { Global, Module } from '@nestjs/common';
import { CacheableMemory } from 'cacheable';
import { Keyv } from 'keyv';
import { ClaudeCacheService } from './claude-cache.service.js';

/** Entries that the memory may hold; the least recently used one leaves first. */
const MAX_ENTRIES = 1000;

@Global()
@Module({
  imports: [
    NestCacheModule.register({
      stores: [
        new Keyv({ store: new CacheableMemory({ lruSize: MAX_ENTRIES, useClone: false }), namespace: 'claude' }),
      ],
    }),
  ],
  providers: [ClaudeCacheService],
  exports: [ClaudeCacheService],
})
export class CacheModule {}
