import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { ClaudeBreakerService } from '../breaker/index.js';
import { ClaudeError } from '../error/index.js';

const LOOK_MS = 1000;
const WRITTEN = 'steward:redis-watch';
/** The only user of this breaker. */
const WATCH = 'watch';

/** Asks Redis once a second, so that who submits hears at once that it does not answer, instead of waiting for it. */
@Injectable()
export class RedisWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private isAsking = false;

  constructor(
    private readonly redis: RedisConnections,
    private readonly breakers: ClaudeBreakerService,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** @throws ClaudeError `queue.unavailable` while Redis is known to be away */
  check(): void {
    const refusal = this.breakers.of('redis').refusalOf(WATCH);
    if (refusal) throw new ClaudeError('queue.unavailable', { retryAt: refusal.details['retryAt'] });
  }

  private async look(): Promise<void> {
    if (this.isAsking) return;
    const passage = this.breakers.of('redis').enter(WATCH);
    if (passage instanceof ClaudeError) return;
    this.isAsking = true;
    // One that answers and takes no writes is as good as none. Of this one nothing is left.
    await this.redis.commands.set(WRITTEN, '1', 'PX', 1).then(
      () => passage.succeeded(),
      () => passage.failed('queue.unavailable'),
    );
    this.isAsking = false;
  }
}
