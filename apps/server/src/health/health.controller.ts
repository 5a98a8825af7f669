import { Controller, Get, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import { ClaudeGuardService, ClaudeService } from '@steward/claude';
import { RedisConnections } from '@steward/redis';
import { HealthFilter } from './health.filter.js';

/** For probes: is the process alive, and should it get work. Never needs a credential, tells nothing internal. */
@ApiExcludeController()
@Controller('health')
@UseFilters(HealthFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly redis: RedisConnections,
    private readonly claude: ClaudeService,
    private readonly guard: ClaudeGuardService,
  ) {}

  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.redisAnswers(), () => this.takesWork()]);
  }

  private async redisAnswers() {
    const indicator = this.indicators.check('redis');
    const answer = await this.redis.commands.ping().catch(() => null);
    return answer === 'PONG' ? indicator.up() : indicator.down();
  }

  private takesWork() {
    const indicator = this.indicators.check('queue');
    if (this.claude.isDraining) return indicator.down({ reason: 'draining' });
    // Still to be asked for what is there; new work it refuses by itself, and says when to come back.
    const { short } = this.guard.status;
    return short.length > 0 ? indicator.up({ overloaded: short }) : indicator.up();
  }
}
