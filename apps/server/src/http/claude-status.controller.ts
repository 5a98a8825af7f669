import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import {
  ClaudeGuardService,
  ClaudeMetricsService,
  ClaudeService,
  type ClaudeStatus,
  type MetricFigure,
  type PressureStatus,
} from '@steward/claude';
import { FaultsService, type FaultStatus } from '../faults/faults.service.js';
import { ApiController, ApiProblems } from './openapi/api.decorators.js';

interface Health extends ClaudeStatus {
  /**
   * ok: everything works; overloaded: new work is refused for now; degraded: runs will fail until somebody
   * acts, or wait for what is out of order;
   * draining: shutting down.
   */
  readonly status: 'ok' | 'overloaded' | 'degraded' | 'draining';
  readonly pressure: PressureStatus;
  readonly faults: FaultStatus;
}

@ApiController('operations')
export class ClaudeStatusController {
  constructor(
    private readonly claude: ClaudeService,
    private readonly metrics: ClaudeMetricsService,
    private readonly guard: ClaudeGuardService,
    private readonly faults: FaultsService,
  ) {}

  @Get('health')
  @ApiOperation({ summary: 'State of the Claude part: CLI and version, credential, breakers, runs, sessions.' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  @ApiProblems()
  async health(): Promise<Health> {
    const status = await this.claude.status();
    const { status: pressure } = this.guard;
    return { status: stateOf(status, pressure), ...status, pressure, faults: this.faults.status };
  }

  @Get('metrics')
  @ApiOperation({ summary: 'The figures as JSON; Prometheus scrapes /metrics.' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  @ApiProblems()
  figures(): Promise<Record<string, readonly MetricFigure[]>> {
    return this.metrics.figures();
  }
}

function stateOf({ draining, cli, credential, breakers }: ClaudeStatus, { short }: PressureStatus): Health['status'] {
  if (draining) return 'draining';
  if (short.length > 0) return 'overloaded';
  return cli.ok && credential && breakers.every(({ state }) => state === 'closed') ? 'ok' : 'degraded';
}
