import { Body, HttpCode, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiConsumes, ApiHeader, ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import { ClaudeService, newRunId, type RunId, type RunView } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Request, type Response } from 'express';
import { Caller } from '../auth/principal.guard.js';
import { ExecuteDto, RunRequestDto } from './dto/run.dto.js';
import { RunViewDto } from './dto/views.dto.js';
import { IdempotencyService, type Making } from './idempotency.service.js';
import { MultipartInterceptor } from './multipart.interceptor.js';
import { EventStreams, type Reading } from './sse/event-streams.js';
import { placedRun } from './sse/frame-json.js';
import { isUntouched } from './sse/position.js';
import { API_PREFIX, ApiController, ApiProblems, IDEMPOTENCY_KEY } from './openapi/api.decorators.js';

@ApiController('runs')
@UseInterceptors(MultipartInterceptor)
@ApiConsumes('application/json', 'multipart/form-data')
export class ExecuteController {
  constructor(
    private readonly claude: ClaudeService,
    private readonly idempotency: IdempotencyService,
    private readonly streams: EventStreams,
  ) {}

  @Post('execute')
  @HttpCode(200)
  @ApiHeader(IDEMPOTENCY_KEY)
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
    const run = await this.idempotency.once(request, caller, body, this.making(asked, caller));
    const ended = await this.claude.wait(run.id, caller, gone.signal);
    if (gone.signal.aborted && onDisconnect === 'cancel') await this.claude.cancel(run.id, caller);
    return ended;
  }

  @Post('execute/stream')
  @HttpCode(200)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({
    summary: 'Run a prompt and follow it in the same answer: Server-Sent Events from its first to its terminal event.',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    headers: { Location: { schema: { type: 'string' } } },
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiProblems(400, 403, 404, 409, 413, 415, 422, 429)
  async executeStream(
    @Caller() caller: Principal,
    @Body() body: ExecuteDto,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { onDisconnect = 'continue', ...asked } = body;
    let run: RunView | undefined;
    await this.streams.serveNew(caller, async () => {
      const begun = await this.idempotency.once(request, caller, body, this.making(asked, caller));
      run = begun;
      response.setHeader('location', locationOf(begun));
      const ids = { runId: begun.id, sessionId: begun.sessionId };
      const open = (reading: Reading) =>
        placedRun(this.claude.follow(begun.id, caller, { ...reading, after: 0, isNew: isUntouched(begun) }), ids);
      return { caller, request, response, after: '0', open };
    });
    if (run && response.destroyed && onDisconnect === 'cancel') await this.claude.cancel(run.id, caller);
  }

  @Post('execute/async')
  @HttpCode(202)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({ summary: 'Accept a run; follow it at the address in Location.' })
  @ApiAcceptedResponse({ type: RunViewDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems(400, 403, 404, 409, 413, 415, 422, 429)
  async executeAsync(
    @Caller() caller: Principal,
    @Body() body: RunRequestDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RunView> {
    const run = await this.idempotency.once(request, caller, body, this.making(body, caller));
    response.setHeader('location', locationOf(run));
    return run;
  }

  private making(asked: RunRequestDto, caller: Principal): Making<RunId, RunView> {
    return {
      newId: newRunId,
      find: (id) => this.claude.getRun(id, caller),
      make: (id) => this.claude.submit(asked, caller, id),
    };
  }
}

const locationOf = ({ id }: RunView): string => `/${API_PREFIX}/processes/${id}`;
