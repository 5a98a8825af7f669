import { Body, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ClaudeService, type RunView } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Request, type Response } from 'express';
import { Caller } from '../auth/principal.guard.js';
import { ExecuteDto, RunRequestDto } from './dto/run.dto.js';
import { RunViewDto } from './dto/views.dto.js';
import { IdempotencyService } from './idempotency.service.js';
import { API_PREFIX, ApiController, ApiProblems } from './openapi/api.decorators.js';

const KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Same key and body: the same run. 1 to 255 characters, kept 24 hours.',
};

@ApiController('runs')
export class ExecuteController {
  constructor(
    private readonly claude: ClaudeService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post('execute')
  @HttpCode(200)
  @ApiHeader(KEY)
  @ApiOperation({ summary: 'Run a prompt and answer when it has ended, whatever its end.' })
  @ApiOkResponse({ type: RunViewDto })
  @ApiProblems(400, 403, 404, 409, 413, 415, 422, 429)
  async execute(
    @Caller() caller: Principal,
    @Body() body: ExecuteDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RunView> {
    const { onDisconnect = 'continue', ...asked } = body;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const run = await this.idempotency.once(request, caller, body, (id) => this.claude.submit(asked, caller, id));
    const ended = await this.claude.wait(run.id, caller, gone.signal);
    if (gone.signal.aborted && onDisconnect === 'cancel') await this.claude.cancel(run.id, caller);
    return ended;
  }

  @Post('execute/async')
  @HttpCode(202)
  @ApiHeader(KEY)
  @ApiOperation({ summary: 'Accept a run; follow it at the address in Location.' })
  @ApiAcceptedResponse({ type: RunViewDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems(400, 403, 404, 409, 413, 415, 422, 429)
  async executeAsync(
    @Caller() caller: Principal,
    @Body() body: RunRequestDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RunView> {
    const run = await this.idempotency.once(request, caller, body, (id) => this.claude.submit(body, caller, id));
    response.setHeader('location', `/${API_PREFIX}/processes/${run.id}`);
    return run;
  }
}
