import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ClaudeError, ClaudeService, newRunId, type RunId, type RunView } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { RedisConnections } from '@steward/redis';
import { type Request } from 'express';

const KEPT_MS = 24 * 3_600_000;
/** An api process that died while it accepted leaves the key blocked for this long. */
const ACCEPTING_MS = 10_000;
const KEY = /^[\x21-\x7e]{1,255}$/;

/** `Idempotency-Key`: the same key and body answer the same run, on any api process. */
@Injectable()
export class IdempotencyService {
  constructor(
    private readonly redis: RedisConnections,
    private readonly claude: ClaudeService,
  ) {}

  /** @throws ClaudeError `idempotency.conflict` for another body, `idempotency.in_progress` while the first is being accepted */
  async once(
    request: Request,
    caller: Principal,
    body: object,
    submit: (id?: RunId) => Promise<RunView>,
  ): Promise<RunView> {
    const given = request.headers['idempotency-key'];
    if (given === undefined) return submit();
    if (typeof given !== 'string' || !KEY.test(given)) {
      throw ClaudeError.invalid([{ field: 'Idempotency-Key', reason: 'must be 1 to 255 visible ASCII characters' }]);
    }
    const key = `steward:idempotency:${caller.tenant}:${caller.user}:${digest(given)}`;
    const fingerprint = digest(`${request.path}\n${JSON.stringify(body)}`);
    const runId = await this.reserve(key, fingerprint);
    const earlier = await this.claude.getRun(runId, caller).catch(nullWhenNotFound);
    return earlier ?? this.accept(key, runId, submit);
  }

  /** The id that every request with this key stands for; fixed before the run is, so that no crash makes two of it. */
  private async reserve(key: string, fingerprint: string): Promise<RunId> {
    const mine = newRunId();
    const first = await this.redis.commands.set(key, `${fingerprint}:${mine}`, 'PX', KEPT_MS, 'NX');
    if (first === 'OK') return mine;
    const [known, reserved] = ((await this.redis.commands.get(key)) ?? '').split(':');
    if (known !== fingerprint) throw new ClaudeError('idempotency.conflict');
    return reserved as RunId;
  }

  private async accept(key: string, runId: RunId, submit: (id: RunId) => Promise<RunView>): Promise<RunView> {
    const accepting = `${key}:accepting`;
    if ((await this.redis.commands.set(accepting, '1', 'PX', ACCEPTING_MS, 'NX')) !== 'OK')
      throw new ClaudeError('idempotency.in_progress');
    try {
      return await submit(runId);
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
  if (error instanceof ClaudeError && error.code === 'run.not_found') return null;
  throw error;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
