import { ApiProperty } from '@nestjs/swagger';
import { type Holding, type Holdings, type SessionSpending, type Spending, type SpendingPart } from '@steward/claude';
import { UsageView } from './views.dto.js';

const usd = { type: String, description: 'USD, a decimal.', example: '0.000175' } as const;
const whole = { type: 'integer' } as const;
const nullable = { nullable: true } as const;

class LimitsView {
  @ApiProperty({ ...usd, ...nullable, description: 'USD, a decimal; null: no limit.' }) costUsd!: string | null;
  @ApiProperty({ ...whole, ...nullable, description: 'Of all kinds together; null: no limit.' }) tokens!: number | null;
}

class HeldView {
  @ApiProperty(usd) costUsd!: string;
  @ApiProperty(whole) tokens!: number;
}

/** What was used, all models together. */
export class SessionSpendingView implements SessionSpending {
  @ApiProperty({ type: UsageView }) usage!: UsageView;
  @ApiProperty(usd) costUsd!: string;
  @ApiProperty(whole) requests!: number;
  @ApiProperty(whole) failedRequests!: number;
  @ApiProperty({ ...whole, description: 'Of answers that broke off; not in usage and cost. Budgets count them.' })
  estimatedOutputTokens!: number;
}

class SpendingPartView extends SessionSpendingView implements SpendingPart {
  @ApiProperty({ type: LimitsView }) limits!: LimitsView;
  @ApiProperty({ type: LimitsView, description: 'What a run could still use now.' }) left!: LimitsView;
  @ApiProperty({ type: HeldView, description: 'Put aside for runs that have not ended.' }) held!: HeldView;
  @ApiProperty({ type: String, format: 'date-time', description: 'When the next one begins.' }) resetsAt!: string;
}

export class SpendingView implements Spending {
  @ApiProperty({ type: SpendingPartView }) day!: SpendingPartView;
  @ApiProperty({ type: SpendingPartView }) month!: SpendingPartView;
}

class HoldingView implements Holding {
  @ApiProperty(whole) current!: number;
  @ApiProperty({ ...whole, ...nullable, description: 'Null: no limit.' }) limit!: number | null;
}

export class HoldingsView implements Holdings {
  @ApiProperty({ type: HoldingView, description: 'Open ones.' }) sessions!: HoldingView;
  @ApiProperty({ type: HoldingView, description: 'Agent processes of the sessions, those that wait included.' })
  processes!: HoldingView;
  @ApiProperty({ type: HoldingView, description: 'On disk, of all sessions, as last measured.' })
  workspaceBytes!: HoldingView;
}
