import { Injectable, Logger } from '@nestjs/common';
import { RedisConnections, RedisScript } from '@steward/redis';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { sessionKey } from './session-keys.js';
import { type SessionRecord } from './session.types.js';

/** KEYS session. ARGV most crashes in a row (0: any), until when it would be unhealthy (epoch ms). Answers crashes, and whether it is unhealthy now. */
const CRASHED = new RedisScript<[number, 0 | 1]>(
  'session_crashed',
  1,
  `
if redis.call('HEXISTS', KEYS[1], 'createdAt') == 0 then return {0, 0} end
local crashes, most = redis.call('HINCRBY', KEYS[1], 'crashes', 1), tonumber(ARGV[1])
if most == 0 or crashes < most then return {crashes, 0} end
redis.call('HSET', KEYS[1], 'unhealthyUntil', ARGV[2])
return {crashes, 1}
`,
);

/** KEYS session. Answers 0 where it is gone. */
const RECOVER = new RedisScript<number>(
  'session_recover',
  1,
  `
if redis.call('HEXISTS', KEYS[1], 'createdAt') == 0 then return 0 end
redis.call('HDEL', KEYS[1], 'crashes', 'unhealthyUntil')
return 1
`,
);

/** Sessions whose agent process crashes again and again: what they ask for would only start another one. */
@Injectable()
export class SessionHealthStore {
  private readonly logger = new Logger('Session');

  constructor(
    private readonly redis: RedisConnections,
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /** @throws ClaudeError `session.unhealthy` */
  check({ crashes, unhealthyUntil }: Pick<SessionRecord, 'crashes' | 'unhealthyUntil'>): void {
    if (unhealthyUntil !== null) throw new ClaudeError('session.unhealthy', { crashes, until: unhealthyUntil });
  }

  /** Its agent process crashed in the middle of a run, or did not start. */
  async noteCrash(sessionId: string): Promise<void> {
    const { sessionMaxCrashes, sessionUnhealthyMs } = this.config.options;
    const args = [sessionMaxCrashes, Date.now() + sessionUnhealthyMs];
    const [crashes, isUnhealthy] = await CRASHED.run(this.redis.patient, [sessionKey(sessionId)], args);
    if (isUnhealthy === 0) return;
    this.metrics.count('sessionsUnhealthy');
    this.logger.warn({ sessionId, crashes }, 'a session is unhealthy: its agent process crashes again and again');
  }

  /** Takes it for healthy again. @returns false when it is gone */
  async recover(sessionId: string): Promise<boolean> {
    return (await RECOVER.run(this.redis.commands, [sessionKey(sessionId)], [])) === 1;
  }
}
