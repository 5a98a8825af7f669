import { Body, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ClaudeGuardService, ClaudeService, newSessionId } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Request, type Response } from 'express';
import { Caller } from '../auth/principal.guard.js';
import { CreateSessionDto, ForkSessionDto, PageQueryDto } from './dto/lists.dto.js';
import { CommandListDto, SessionPageDto, SessionViewDto, TranscriptPageDto } from './dto/views.dto.js';
import { McpServerListDto } from './dto/mcp.views.js';
import { IdempotencyService } from './idempotency.service.js';
import { API_PREFIX, ApiController, ApiProblems, IDEMPOTENCY_KEY } from './openapi/api.decorators.js';
import { sessionViewOf } from './session-view.js';

const PAGE = 50;

@ApiController('sessions', 'sessions')
export class SessionsController {
  constructor(
    private readonly claude: ClaudeService,
    private readonly idempotency: IdempotencyService,
    private readonly guard: ClaudeGuardService,
  ) {}

  @Post()
  @HttpCode(201)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({ summary: 'Open a session.' })
  @ApiCreatedResponse({ type: SessionViewDto })
  @ApiProblems(400, 409, 413, 415, 422, 429, 503)
  async create(
    @Caller() caller: Principal,
    @Body() body: CreateSessionDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionViewDto> {
    const session = await this.idempotency.once(request, caller, body, {
      newId: newSessionId,
      find: (id) => this.claude.getSession(id, caller),
      make: (id) => this.claude.createSession(caller, { id, metadata: body.metadata, workspace: body.workspace }),
    });
    response.setHeader('location', `/${API_PREFIX}/sessions/${session.id}`);
    return sessionViewOf(session);
  }

  @Get()
  @ApiOperation({ summary: 'The caller’s open sessions, newest first.' })
  @ApiOkResponse({ type: SessionPageDto })
  @ApiProblems(400)
  async list(@Caller() caller: Principal, @Query() { limit = PAGE, cursor }: PageQueryDto): Promise<SessionPageDto> {
    const { data, nextCursor } = await this.claude.listSessions(caller, limit, cursor);
    return { data: data.map(sessionViewOf), nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One session.' })
  @ApiOkResponse({ type: SessionViewDto })
  @ApiProblems(404)
  async get(@Caller() caller: Principal, @Param('id') id: string): Promise<SessionViewDto> {
    return sessionViewOf(await this.claude.getSession(id, caller));
  }

  @Get(':id/commands')
  @ApiOperation({ summary: 'Slash commands and skills that a run of this session may name in `command`.' })
  @ApiOkResponse({ type: CommandListDto })
  @ApiProblems(404, 503)
  async commands(@Caller() caller: Principal, @Param('id') id: string): Promise<CommandListDto> {
    return { data: [...(await this.claude.listCommands(id, caller))], nextCursor: null };
  }

  @Get(':id/mcp')
  @ApiOperation({ summary: 'MCP servers that the operator offers: their tools, and which are not there.' })
  @ApiOkResponse({ type: McpServerListDto })
  @ApiProblems(404)
  async mcp(@Caller() caller: Principal, @Param('id') id: string): Promise<McpServerListDto> {
    return { data: [...(await this.claude.listMcpServers(id, caller))], nextCursor: null };
  }

  @Post(':id/fork')
  @HttpCode(201)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({
    summary: 'Fork a session: a new one with its conversation and workspace; the original stays as it is.',
  })
  @ApiCreatedResponse({ type: SessionViewDto })
  @ApiProblems(400, 404, 409, 413, 415, 422, 429, 503)
  async fork(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body() body: ForkSessionDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionViewDto> {
    const session = await this.idempotency.once(request, caller, body, {
      newId: newSessionId,
      find: (newId) => this.claude.getSession(newId, caller),
      make: (newId) => this.claude.forkSession(id, caller, { id: newId, metadata: body.metadata }),
    });
    response.setHeader('location', `/${API_PREFIX}/sessions/${session.id}`);
    return sessionViewOf(session);
  }

  @Post(':id/recover')
  @HttpCode(200)
  @ApiOperation({ summary: 'Try a session again whose agent process crashed too often: its next run is taken.' })
  @ApiOkResponse({ type: SessionViewDto })
  @ApiProblems(404)
  async recover(@Caller() caller: Principal, @Param('id') id: string): Promise<SessionViewDto> {
    return sessionViewOf(await this.guard.recoverSession(id, caller));
  }

  @Get(':id/messages')
  @ApiOperation({ summary: 'Messages of the conversation, oldest first, as the CLI has written them down.' })
  @ApiOkResponse({ type: TranscriptPageDto })
  @ApiProblems(400, 404)
  messages(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query() { limit = PAGE, cursor }: PageQueryDto,
  ): Promise<TranscriptPageDto> {
    return this.claude.messages(id, caller, limit, cursor);
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Close a session: cancel what runs and waits in it, remove its workspace and conversation.',
  })
  @ApiOkResponse({ type: SessionViewDto })
  @ApiProblems(404, 409)
  async close(@Caller() caller: Principal, @Param('id') id: string): Promise<SessionViewDto> {
    return sessionViewOf(await this.claude.closeSession(id, caller));
  }
}
