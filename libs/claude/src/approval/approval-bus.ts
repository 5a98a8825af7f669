import { Injectable } from '@nestjs/common';
import { RedisBell, RedisConnections } from '@steward/redis';

/** Tells the worker of a run that something of it was decided. What, stands in the store; who waits also looks by itself. */
@Injectable()
export class ApprovalBus extends RedisBell {
  constructor(redis: RedisConnections) {
    super(redis, 'approved');
  }
}
