import { Body, Delete, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
} from '@nestjs/swagger';
import { ClaudeError, ClaudeService, type Page, type RunView } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Request, type Response } from 'express';
import { Caller } from '../auth/principal.guard.js';
import { given, InputAnswerDto, InputDto } from './dto/input.dto.js';
import { RunListQueryDto } from './dto/lists.dto.js';
import { EventsQueryDto } from './dto/stream.dto.js';
import { FramePageDto, RunPageDto, RunViewDto } from './dto/views.dto.js';
import { ApiController, ApiProblems } from './openapi/api.decorators.js';
import { EventStreams, type Reading } from './sse/event-streams.js';
import { frameJson, placedRun } from './sse/frame-json.js';
import { checkedPosition } from './sse/position.js';

const PAGE = 50;
const HISTORY = 200;

@ApiController('runs', 'processes')
export class ProcessesController {
  constructor(
    private readonly claude: ClaudeService,
    private readonly streams: EventStreams,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The caller’s runs, newest first.' })
  @ApiOkResponse({ type: RunPageDto })
  @ApiProblems(400)
  list(
    @Caller() caller: Principal,
    @Query() { limit = PAGE, cursor, state, sessionId }: RunListQueryDto,
  ): Promise<Page<RunView>> {
    return this.claude.listRuns(caller, { state, sessionId }, limit, cursor);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One run.' })
  @ApiOkResponse({ type: RunViewDto })
  @ApiProblems(404)
  get(@Caller() caller: Principal, @Param('id') id: string): Promise<RunView> {
    return this.claude.getRun(id, caller);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Cancel a run, wherever it is; an ended one stays as it is.' })
  @ApiOkResponse({ type: RunViewDto })
  @ApiProblems(404)
  cancel(@Caller() caller: Principal, @Param('id') id: string): Promise<RunView> {
    return this.claude.cancel(id, caller);
  }

  @Post(':id/interrupt')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Stop what a run does and keep its session and agent process: it ends cancelled, with run.interrupted and the text so far. An ended one stays as it is.',
  })
  @ApiOkResponse({ type: RunViewDto })
  @ApiProblems(404)
  interrupt(@Caller() caller: Principal, @Param('id') id: string): Promise<RunView> {
    return this.claude.interrupt(id, caller);
  }

  @Post(':id/input')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Say something to a running run; what the agent answers belongs to it. Answers when the run has it.',
  })
  @ApiAcceptedResponse({ type: InputAnswerDto })
  @ApiProblems(400, 404, 409, 413, 415, 429)
  async input(@Caller() caller: Principal, @Param('id') id: string, @Body() body: InputDto): Promise<InputAnswerDto> {
    return given(this.claude, caller, id, body);
  }

  @Get(':id/events')
  @ApiOperation({
    summary:
      'Follow a run: Server-Sent Events from a position until the terminal event. With `Accept: application/json` a page of history.',
  })
  @ApiProduces('text/event-stream', 'application/json')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Seq of the last event that the reader has.' })
  @ApiOkResponse({ type: FramePageDto })
  @ApiNoContentResponse({ description: 'The run has ended and the reader has all of it; an EventSource stays away.' })
  @ApiProblems(400, 404, 429)
  async events(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query() query: EventsQueryDto,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { types, deltas } = query;
    const last = positionOf(lastEventId);
    const run = await this.claude.runPlace(id, caller);
    const after = checkedPosition(run, last ?? query.after ?? 0, last === undefined ? 'after' : 'Last-Event-ID');
    const ids = { runId: run.id, sessionId: run.sessionId };
    if (request.accepts(['text/event-stream', 'application/json']) === 'application/json') {
      const options = { after, types, deltas };
      const { data, nextCursor } = await this.claude.history(id, caller, query.limit ?? HISTORY, options);
      const frames = data.map((frame) => frameJson({ ...frame, ...ids })).join(',');
      response.type('application/json').send(`{"data":[${frames}],"nextCursor":${JSON.stringify(nextCursor)}}`);
    } else if (run.endedAt !== null && after >= run.lastSeq) {
      // Nothing will ever follow: 204 tells an EventSource to stop reconnecting.
      response.status(204).end();
    } else {
      const open = (reading: Reading) =>
        placedRun(this.claude.follow(id, caller, { after, types, deltas, ...reading }), ids);
      await this.streams.serve({ caller, request, response, after: String(after), open });
    }
  }
}

/** A browser sends the header by itself when it reconnects, so that it is newer than the address. */
function positionOf(header: string | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  if (!/^\d{1,15}$/.test(header)) {
    throw ClaudeError.invalid([{ field: 'Last-Event-ID', reason: 'must be the id of an event' }]);
  }
  return Number(header);
}
