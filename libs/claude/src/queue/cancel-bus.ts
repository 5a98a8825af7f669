import { Injectable } from '@nestjs/common';
import { RedisBell, RedisConnections } from '@steward/redis';

/** Tells every worker that a run is to end, and with which code. The request itself stands in the run's record. */
@Injectable()
export class CancelBus extends RedisBell {
  constructor(redis: RedisConnections) {
    super(redis, 'cancel');
  }
}
