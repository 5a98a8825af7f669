import { Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ClaudeService } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { Caller } from '../auth/principal.guard.js';
import { HoldingsView, SessionSpendingView, SpendingView } from './dto/usage.views.js';
import { ApiController, ApiProblems } from './openapi/api.decorators.js';

@ApiController('usage')
export class UsageController {
  constructor(private readonly claude: ClaudeService) {}

  @Get('usage')
  @ApiOperation({ summary: 'What the caller has used today and this month (UTC), and what is left of the budget.' })
  @ApiOkResponse({ type: SpendingView })
  @ApiProblems()
  spending(@Caller() caller: Principal): Promise<SpendingView> {
    return this.claude.spending(caller);
  }

  @Get('limits')
  @ApiOperation({
    summary: 'Sessions, agent processes and bytes on disk that the caller has, beside what there may be.',
  })
  @ApiOkResponse({ type: HoldingsView })
  @ApiProblems()
  holdings(@Caller() caller: Principal): Promise<HoldingsView> {
    return this.claude.holdings(caller);
  }

  @Get('sessions/:id/usage')
  @ApiOperation({ summary: 'What the runs of a session have used, until it is closed.' })
  @ApiOkResponse({ type: SessionSpendingView })
  @ApiProblems(404)
  ofSession(@Caller() caller: Principal, @Param('id') id: string): Promise<SessionSpendingView> {
    return this.claude.sessionSpending(id, caller);
  }
}
