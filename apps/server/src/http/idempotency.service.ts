import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ClaudeError, ClaudeService, type RunView } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { RedisConnections } from '@steward/redis';
import { type Request } from 'express';

const KEPT_MS = 24 * 3_600_000;
/** An api process that died while it accepted leaves the key blocked for this long. */
const ACCEPTING_MS = 60_000;
const KEY = /^[\x21-\x7e]{1,255}$/;

/** `Idempotency-Key`: the same key and body answer the same run, on any api process. */
@Injectable()
export class IdempotencyService {
  constructor(
    private readonly redis: RedisConnections,
    private readonly claude: ClaudeService,
  ) {}

  /** @throws ClaudeError `idempotency.conflict` for another body, `idempotency.in_progress` while the first is being accepted */
  async once(request: Request, caller: Principal, body: object, submit: () => Promise<RunView>): Promise<RunView> {
    const given = request.headers['idempotency-key'];
    if (given === undefined) return submit();
    if (typeof given !== 'string' || !KEY.test(given)) {
      throw ClaudeError.invalid([{ field: 'Idempotency-Key', reason: 'must be 1 to 255 visible ASCII characters' }]);
    }
    const key = `steward:idempotency:${caller.tenant}:${caller.user}:${digest(given)}`;
    const fingerprint = digest(`${request.path}\n${JSON.stringify(body)}`);
    const first = await this.redis.commands.set(key, `${fingerprint}:`, 'PX', ACCEPTING_MS, 'NX');
    if (first !== 'OK') return this.earlier(key, fingerprint, caller);
    try {
      const run = await submit();
      await this.redis.commands.set(key, `${fingerprint}:${run.id}`, 'PX', KEPT_MS);
      return run;
    } catch (error) {
      // What was refused may be sent again, corrected or not.
      await this.redis.commands.del(key).catch(() => 0);
      throw error;
    }
  }

  private async earlier(key: string, fingerprint: string, caller: Principal): Promise<RunView> {
    const [known, runId] = ((await this.redis.commands.get(key)) ?? ':').split(':');
    if (known && known !== fingerprint) throw new ClaudeError('idempotency.conflict');
    if (!runId) throw new ClaudeError('idempotency.in_progress');
    return this.claude.getRun(runId, caller);
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
