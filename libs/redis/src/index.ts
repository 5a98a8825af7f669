export { EmbeddedRedis } from './embedded-redis.js';
export { findRedisBinary } from './redis-binary.js';
export { type Listening, RedisBell } from './redis-bell.js';
export { RedisConnections } from './redis-connections.js';
export { isRedisRefusal } from './refusal.js';
export { RedisScript, type ScriptReply } from './redis-script.js';
export { RedisModule } from './redis.module.js';
export { REDIS_OPTIONS, type RedisOptions, RedisUnavailableError } from './redis.options.js';
