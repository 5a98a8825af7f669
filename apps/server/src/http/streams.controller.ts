import { Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import { ClaudeError, ClaudeService } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Request, type Response } from 'express';
import { Caller } from '../auth/principal.guard.js';
import { FEED_PLACE, FeedQueryDto, SESSION_PLACE, SessionEventsQueryDto } from './dto/stream.dto.js';
import { FrameViewDto } from './dto/views.dto.js';
import { ApiController, ApiProblems } from './openapi/api.decorators.js';
import { EventStreams, type Reading } from './sse/event-streams.js';

const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  required: false,
  description: 'Position behind the last event that the reader has.',
};

/** Streams of many runs: of a session, of the caller. */
@ApiController('events')
export class StreamsController {
  constructor(
    private readonly claude: ClaudeService,
    private readonly streams: EventStreams,
  ) {}

  @Get('sessions/:id/events')
  @ApiOperation({
    summary: 'Follow a session: its runs one after the other as Server-Sent Events, until it is closed.',
  })
  @ApiProduces('text/event-stream')
  @ApiHeader(LAST_EVENT_ID)
  @ApiOkResponse({ type: FrameViewDto })
  @ApiProblems(400, 404, 429)
  async session(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query() query: SessionEventsQueryDto,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { types, deltas } = query;
    const place = placeOf(lastEventId, SESSION_PLACE) ?? query.after ?? '0';
    const after = await this.claude.sessionPosition(id, caller, place);
    const open = (reading: Reading) => this.claude.followSession(id, caller, { after, types, deltas, ...reading });
    await this.streams.serve({ caller, request, response, after, open, isPlaced: place === 'end' });
  }

  @Get('events')
  @ApiOperation({ summary: 'Follow all of one’s own runs, without deltas, as Server-Sent Events.' })
  @ApiProduces('text/event-stream')
  @ApiHeader(LAST_EVENT_ID)
  @ApiOkResponse({ type: FrameViewDto })
  @ApiProblems(400, 429)
  async feed(
    @Caller() caller: Principal,
    @Query() { types, after: asked }: FeedQueryDto,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const place = placeOf(lastEventId, FEED_PLACE) ?? asked ?? '0';
    const after = await this.claude.feedPosition(caller, place);
    const open = (reading: Reading) => this.claude.followAll(caller, { after, types, ...reading });
    await this.streams.serve({ caller, request, response, after, open, isPlaced: place === 'end' });
  }
}

function placeOf(header: string | undefined, pattern: RegExp): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (pattern.test(header)) return header;
  throw ClaudeError.invalid([{ field: 'Last-Event-ID', reason: 'must be the id of an event of this stream' }]);
}
