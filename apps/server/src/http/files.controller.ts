import { Delete, Get, Headers, HttpCode, Param, Put, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
} from '@nestjs/swagger';
import { ClaudeFilesService, type FileEntry, type Page } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Request, type Response } from 'express';
import { Caller } from '../auth/principal.guard.js';
import {
  ArchiveQueryDto,
  DiffQueryDto,
  FileEntryDto,
  FileListQueryDto,
  FilePageDto,
  FileRemovalQueryDto,
  WorkspaceDiffDto,
} from './dto/files.dto.js';
import { namesIn } from './files/path-names.js';
import { sendArchive, sendFile } from './files/send-file.js';
import { ApiController, ApiProblems } from './openapi/api.decorators.js';

const PAGE = 200;
const BYTES = { schema: { type: 'string', format: 'binary' } } as const;
const PATH = { name: 'path', description: 'Names from the workspace on, with slashes between them.' };
const IF_MATCH = { name: 'If-Match', required: false, description: 'Only the file that has this etag.' };

@ApiController('files', 'sessions/:id')
export class FilesController {
  constructor(private readonly files: ClaudeFilesService) {}

  @Get('files')
  @ApiOperation({ summary: 'What is in a folder of the workspace, also while the agent works.' })
  @ApiOkResponse({ type: FilePageDto })
  @ApiProblems(400, 403, 404, 413)
  list(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query() query: FileListQueryDto,
  ): Promise<Page<FileEntry>> {
    const { path = '', recursive = false, limit = PAGE, cursor } = query;
    return this.files.list(id, caller, path, { recursive, limit, cursor });
  }

  @Get('files/*path')
  @ApiParam(PATH)
  @ApiOperation({ summary: 'A file, or a range of its bytes; of a folder, its entry.' })
  @ApiProduces('application/octet-stream', 'application/json')
  @ApiOkResponse({ content: { 'application/octet-stream': BYTES }, description: 'Type by the name of the file.' })
  @ApiProblems(400, 403, 404, 416)
  async read(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const found = await this.files.open(id, caller, namesIn(request.originalUrl));
    if ('stream' in found) await sendFile(found, request, response);
    else response.json(found);
  }

  @Put('files/*path')
  @HttpCode(200)
  @ApiParam(PATH)
  @ApiOperation({ summary: 'Put a file, as a whole or not at all, with the folders on the way.' })
  @ApiConsumes('application/octet-stream')
  @ApiBody(BYTES)
  @ApiHeader(IF_MATCH)
  @ApiHeader({ name: 'If-None-Match', required: false, description: '`*`: only where nothing is.' })
  @ApiOkResponse({ type: FileEntryDto, description: 'A file was there.' })
  @ApiCreatedResponse({ type: FileEntryDto })
  @ApiProblems(400, 403, 404, 409, 412, 413, 429, 503)
  async write(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<FileEntryDto> {
    const options = { ifMatch, ifAbsent: ifNoneMatch === '*' };
    const { entry, created } = await this.files.write(id, caller, namesIn(request.originalUrl), request, options);
    response.status(created ? 201 : 200).setHeader('etag', entry.etag!);
    return entry;
  }

  @Delete('files/*path')
  @HttpCode(204)
  @ApiParam(PATH)
  @ApiOperation({ summary: 'Remove a file, a link (never what it leads to) or a folder.' })
  @ApiHeader(IF_MATCH)
  @ApiNoContentResponse()
  @ApiProblems(400, 403, 404, 409, 412)
  remove(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Query() { recursive = false }: FileRemovalQueryDto,
    @Req() request: Request,
  ): Promise<void> {
    return this.files.remove(id, caller, namesIn(request.originalUrl), { recursive, ifMatch });
  }

  @Get('archive')
  @ApiOperation({ summary: 'A folder of the workspace as tar.gz: files and folders, no links.' })
  @ApiProduces('application/gzip')
  @ApiOkResponse({ content: { 'application/gzip': BYTES } })
  @ApiProblems(400, 403, 404, 413)
  async archive(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query() { path = '' }: ArchiveQueryDto,
    @Res() response: Response,
  ): Promise<void> {
    await sendArchive(await this.files.archive(id, caller, path), `${id}.tar.gz`, response);
  }

  @Get('diff')
  @ApiOperation({ summary: 'What is different in the workspace from the start of a run.' })
  @ApiOkResponse({ type: WorkspaceDiffDto })
  @ApiProblems(400, 404, 409)
  diff(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query() { run }: DiffQueryDto,
  ): Promise<WorkspaceDiffDto> {
    return this.files.diff(id, caller, run);
  }
}
