export { CacheModule } from './cache.module.js';
export { ClaudeCacheService } from './claude-cache.service.js';
