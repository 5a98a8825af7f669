import { Body, Get, HttpCode, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import {
  ClaudeError,
  type CleanUpView,
  type DaySpending,
  QueueOperationsService,
  type QueueView,
} from '@steward/claude';
import { ApiController, ApiProblems } from '../http/openapi/api.decorators.js';
import { CleanUpViewDto, DaySpendingDto, QueueViewDto, UsageQueryDto, WorkerWishDto } from './admin.dto.js';
import { OperatorGuard } from './operator.guard.js';

/** What operators see of the queue, and may do with it. */
// Decorators act from below: who calls is known before it is asked whether they may.
@UseGuards(OperatorGuard)
@ApiController('operations', 'admin')
export class AdminController {
  constructor(private readonly operations: QueueOperationsService) {}

  @Get('queue')
  @ApiOperation({ summary: 'The queue: who waits, who works, whether it is paused.' })
  @ApiOkResponse({ type: QueueViewDto })
  @ApiProblems(403)
  view(): Promise<QueueView> {
    return this.operations.view();
  }

  @Get('clean-up')
  @ApiOperation({ summary: 'What the clean-up of sessions has removed: last, and in all.' })
  @ApiOkResponse({ type: CleanUpViewDto })
  @ApiProblems(403)
  cleanUps(): Promise<CleanUpView> {
    return this.operations.cleanUps();
  }

  @Get('usage')
  @ApiOperation({ summary: 'What all callers have used in one day, by model; days are kept for 40.' })
  @ApiOkResponse({ type: DaySpendingDto })
  @ApiProblems(400, 403)
  usage(@Query() { day }: UsageQueryDto): Promise<DaySpending> {
    return this.operations.usage(day);
  }

  @Post('queue/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Start nothing new, on any worker; what runs goes on, what comes is accepted and waits.' })
  @ApiOkResponse({ type: QueueViewDto })
  @ApiProblems(403)
  pause(): Promise<QueueView> {
    return this.operations.pause();
  }

  @Post('queue/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Start again.' })
  @ApiOkResponse({ type: QueueViewDto })
  @ApiProblems(403)
  resume(): Promise<QueueView> {
    return this.operations.resume();
  }

  @Patch('workers/:id')
  @ApiOperation({
    summary: 'Drain a worker, take it back, or let it carry more or fewer runs; it follows within two seconds.',
  })
  @ApiOkResponse({ type: QueueViewDto })
  @ApiProblems(400, 403, 404)
  change(@Param('id') id: string, @Body() { concurrency, draining }: WorkerWishDto): Promise<QueueView> {
    if (concurrency === undefined && draining === undefined)
      throw ClaudeError.invalid([{ field: '', reason: 'name concurrency, draining or both' }]);
    return this.operations.change(id, {
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(draining === undefined ? {} : { draining }),
    });
  }
}
