import { Injectable } from '@nestjs/common';
import { RedisBell, RedisConnections } from '@steward/redis';

/** Tells the worker of a run that somebody has said something to it. What, stands in the store; who waits for the worker tells it again. */
@Injectable()
export class InputBus extends RedisBell {
  constructor(redis: RedisConnections) {
    super(redis, 'input');
  }
}
