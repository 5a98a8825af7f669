import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ClaudeError } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { RedisConnections, RedisScript } from '@steward/redis';
import { type Request } from 'express';

const KEPT_MS = 24 * 3_600_000;
/** An api process that died while it accepted leaves the key blocked for this long. */
const ACCEPTING_MS = 10_000;
const KEY = /^[\x21-\x7e]{1,255}$/;

const NOT_FOUND: ReadonlySet<string> = new Set(['run.not_found', 'session.not_found']);

/**
 * KEYS key, its hold. ARGV what it stands for, how long that and the hold are kept (ms). Answers what the key stands for;
 * where that is new, the hold is taken, too.
 */
const RESERVE = new RedisScript<string>(
  'idempotency_reserve',
  2,
  `
local known = redis.call('GET', KEYS[1])
if known then return known end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
return ARGV[1]
`,
);

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
    const mine = newId();
    const id = await this.reserve(key, fingerprint, mine);
    if (id === mine) return this.accept(key, () => make(id));
    const earlier = await find(id).catch(nullWhenNotFound);
    if (earlier) return earlier;
    // Who reserved the id may have died before it made anything.
    if ((await this.redis.commands.set(acceptingKey(key), '1', 'PX', ACCEPTING_MS, 'NX')) !== 'OK')
      throw new ClaudeError('idempotency.in_progress');
    return this.accept(key, () => make(id));
  }

  /** The id that every request with this key stands for; fixed before the thing is, so that no crash makes two of it. */
  private async reserve<Id extends string>(key: string, fingerprint: string, mine: Id): Promise<Id> {
    const keys = [key, acceptingKey(key)];
    const args = [`${fingerprint}:${mine}`, KEPT_MS, ACCEPTING_MS];
    const [known, reserved] = (await RESERVE.run(this.redis.commands, keys, args)).split(':');
    if (known !== fingerprint) throw new ClaudeError('idempotency.conflict');
    return reserved as Id;
  }

  /** Only for who holds the key. */
  private async accept<View>(key: string, make: () => Promise<View>): Promise<View> {
    try {
      return await make();
    } catch (error) {
      // What was refused may be sent again, corrected or not. Without an answer it may have been accepted.
      if (error instanceof ClaudeError && error.code !== 'queue.unavailable') await this.redis.commands.del(key);
      throw error;
    } finally {
      // Nobody waits for it: what is asked later comes later, on the same connection.
      this.redis.commands.del(acceptingKey(key)).catch(() => 0);
    }
  }
}

function nullWhenNotFound(error: unknown): null {
  if (error instanceof ClaudeError && NOT_FOUND.has(error.code)) return null;
  throw error;
}

const acceptingKey = (key: string): string => `${key}:accepting`;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
