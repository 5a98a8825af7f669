import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Approval, ClaudeService, type Page } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { Caller } from '../auth/principal.guard.js';
import { ApprovalAnswerDto, answerOf, ApprovalPageDto, ApprovalView, ApproveDto } from './dto/approval.dto.js';
import { SocketInputDto } from './dto/input.dto.js';
import { PageQueryDto } from './dto/lists.dto.js';
import { ApiController, ApiProblems } from './openapi/api.decorators.js';

const PAGE = 50;

@ApiController('approvals')
@ApiExtraModels(ApproveDto, SocketInputDto)
export class ApprovalsController {
  constructor(private readonly claude: ClaudeService) {}

  @Get('approvals')
  @ApiOperation({ summary: 'What waits for the caller’s answer in all of their runs, oldest first.' })
  @ApiOkResponse({ type: ApprovalPageDto })
  @ApiProblems(400)
  open(@Caller() caller: Principal, @Query() { limit = PAGE, cursor }: PageQueryDto): Promise<Page<Approval>> {
    return this.claude.openApprovals(caller, limit, cursor);
  }

  @Get('processes/:id/approvals')
  @ApiOperation({ summary: 'What a run has asked people, oldest first; `state` says what is open.' })
  @ApiOkResponse({ type: ApprovalPageDto })
  @ApiProblems(404)
  async ofRun(@Caller() caller: Principal, @Param('id') id: string): Promise<Page<Approval>> {
    return { data: await this.claude.approvals(id, caller), nextCursor: null };
  }

  @Post('processes/:id/approvals/:approvalId')
  @HttpCode(200)
  @ApiOperation({ summary: 'Answer an approval; the first answer counts.' })
  @ApiOkResponse({ type: ApprovalView })
  @ApiProblems(400, 404, 409, 413, 415)
  answer(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('approvalId') approvalId: string,
    @Body() body: ApprovalAnswerDto,
  ): Promise<Approval> {
    return this.claude.approve(id, approvalId, caller, answerOf(body));
  }
}
