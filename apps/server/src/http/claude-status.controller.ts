import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ClaudeMetricsService, ClaudeService, type ClaudeStatus, type MetricFigure } from '@steward/claude';
import { ApiController, ApiProblems } from './openapi/api.decorators.js';

interface Health extends ClaudeStatus {
  /** ok: everything works; degraded: runs will fail until somebody acts, or wait for what is out of order; draining: shutting down. */
  readonly status: 'ok' | 'degraded' | 'draining';
}

@ApiController('operations')
export class ClaudeStatusController {
  constructor(
    private readonly claude: ClaudeService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  @Get('health')
  @ApiOperation({ summary: 'State of the Claude part: CLI and version, credential, breakers, runs, sessions.' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  @ApiProblems()
  async health(): Promise<Health> {
    const status = await this.claude.status();
    const works = status.cli.ok && status.credential && status.breakers.every(({ state }) => state === 'closed');
    return { status: status.draining ? 'draining' : works ? 'ok' : 'degraded', ...status };
  }

  @Get('metrics')
  @ApiOperation({ summary: 'The figures as JSON; Prometheus scrapes /metrics.' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  @ApiProblems()
  figures(): Promise<Record<string, readonly MetricFigure[]>> {
    return this.metrics.figures();
  }
}
