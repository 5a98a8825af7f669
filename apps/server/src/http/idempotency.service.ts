import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ClaudeError } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { RedisConnections } from '@steward/redis';
import { type Request } from 'express';

const KEPT_MS = 24 * 3_600_000;
/** An api process that died while it accepted leaves the key blocked for this long. */
const ACCEPTING_MS = 10_000;
const KEY = /^[\x21-\x7e]{1,255}$/;

const NOT_FOUND: ReadonlySet<string> = new Set(['run.not_found', 'session.not_found']);

/** What a POST makes: a run, a session. */
export interface Making<Id extends string, View> {
  readonly newId: () => Id;
  /** @throws ClaudeError of kind `not_found` when there is none with this id */
  readonly find: (id: Id) => Promise<View>;
  readonly make: (id: Id) => Promise<View>;
}

/** `Idempotency-Key`: the same key and body answer the same thing, on any api process. */
@Injectable()
export class IdempotencyService {
  constructor(private readonly redis: RedisConnections) {}

  /** @throws ClaudeError `idempotency.conflict` for another body, `idempotency.in_progress` while the first is being accepted */
  async once<Id extends string, View>(
    request: Request,
    caller: Principal,
    body: object,
    { newId, find, make }: Making<Id, View>,
  ): Promise<View> {
    const given = request.headers['idempotency-key'];
    if (given === undefined) return make(newId());
    if (typeof given !== 'string' || !KEY.test(given)) {
      throw ClaudeError.invalid([{ field: 'Idempotency-Key', reason: 'must be 1 to 255 visible ASCII characters' }]);
    }
    const key = `steward:idempotency:${caller.tenant}:${caller.user}:${digest(given)}`;
    const fingerprint = digest(`${request.path}\n${JSON.stringify(body)}`);
    const id = await this.reserve(key, fingerprint, newId());
    const earlier = await find(id).catch(nullWhenNotFound);
    return earlier ?? this.accept(key, () => make(id));
  }

  /** The id that every request with this key stands for; fixed before the thing is, so that no crash makes two of it. */
  private async reserve<Id extends string>(key: string, fingerprint: string, mine: Id): Promise<Id> {
    const first = await this.redis.commands.set(key, `${fingerprint}:${mine}`, 'PX', KEPT_MS, 'NX');
    if (first === 'OK') return mine;
    const [known, reserved] = ((await this.redis.commands.get(key)) ?? '').split(':');
    if (known !== fingerprint) throw new ClaudeError('idempotency.conflict');
    return reserved as Id;
  }

  private async accept<View>(key: string, make: () => Promise<View>): Promise<View> {
    const accepting = `${key}:accepting`;
    if ((await this.redis.commands.set(accepting, '1', 'PX', ACCEPTING_MS, 'NX')) !== 'OK')
      throw new ClaudeError('idempotency.in_progress');
    try {
      return await make();
    } catch (error) {
      // What was refused may be sent again, corrected or not. Without an answer it may have been accepted.
      if (error instanceof ClaudeError && error.code !== 'queue.unavailable') await this.redis.commands.del(key);
      throw error;
    } finally {
      await this.redis.commands.del(accepting).catch(() => 0);
    }
  }
}

function nullWhenNotFound(error: unknown): null {
  if (error instanceof ClaudeError && NOT_FOUND.has(error.code)) return null;
  throw error;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
