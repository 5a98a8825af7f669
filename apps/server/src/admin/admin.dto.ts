import { ApiProperty } from '@nestjs/swagger';
import {
  type CleanUp,
  type CleanUpView,
  type DaySpending,
  type ModelSpending,
  type QueueView,
  type WorkerView,
  type WorkerWish,
} from '@steward/claude';
import { FlagField, IntegerField, WordField } from '../http/dto/fields.js';
import { UsageView } from '../http/dto/views.dto.js';

export class WorkerWishDto implements WorkerWish {
  @IntegerField({ min: 1, max: 256, about: 'Runs that it carries at once, at most; until it restarts.' })
  concurrency?: number;

  @FlagField({ about: 'True: it takes nothing new. False: it works again.' })
  draining?: boolean;
}

const whole = { type: 'integer' } as const;

class WorkerViewDto implements WorkerView {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) host!: string;
  @ApiProperty(whole) pid!: number;
  @ApiProperty({ ...whole, description: 'Runs that it carries at once, at most.' }) concurrency!: number;
  @ApiProperty(whole) running!: number;
  @ApiProperty({ type: Boolean, description: 'Whether it takes nothing new.' }) draining!: boolean;
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'What is out of order from where it is, or was of late (docs/outages.md).',
  })
  breakers!: WorkerView['breakers'];
}

class WaitingDto {
  @ApiProperty(whole) all!: number;
  @ApiProperty({ type: 'object', additionalProperties: whole, description: 'By owner, `tenant:user`.' })
  byOwner!: Record<string, number>;
}

export class QueueViewDto implements QueueView {
  @ApiProperty({ type: Boolean }) paused!: boolean;
  @ApiProperty({ type: WaitingDto, description: 'Accepted runs that no worker has begun.' }) waiting!: WaitingDto;
  @ApiProperty({ ...whole, description: 'Runs that have a place at a worker.' }) placed!: number;
  @ApiProperty({ type: [WorkerViewDto] }) workers!: WorkerViewDto[];
}

class CleanUpDto implements CleanUp {
  @ApiProperty({ ...whole, description: 'That nobody had used for the retention time.' }) sessions!: number;
  @ApiProperty({ ...whole, description: 'Folders that crashes had left.' }) places!: number;
  @ApiProperty({ ...whole, description: 'On disk, of the sessions, as last measured.' }) bytes!: number;
}

class LastCleanUpDto extends CleanUpDto {
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
}

export class CleanUpViewDto implements CleanUpView {
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'End of the last one.' })
  lastAt!: string | null;
  @ApiProperty({ type: LastCleanUpDto, nullable: true, description: 'The last one that removed something.' })
  last!: LastCleanUpDto | null;
  @ApiProperty({ type: CleanUpDto, description: 'Of all, since this Redis began.' }) total!: CleanUpDto;
}

export class UsageQueryDto {
  @WordField({
    max: 10,
    pattern: /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
    about: 'A day (UTC), as 2026-11-21; today without it.',
  })
  day?: string;
}

class ModelSpendingDto implements ModelSpending {
  @ApiProperty({ type: String }) model!: string;
  @ApiProperty({ type: UsageView }) usage!: UsageView;
  @ApiProperty({ type: String, description: 'USD, a decimal.', example: '0.000175' }) costUsd!: string;
}

export class DaySpendingDto implements DaySpending {
  @ApiProperty({ type: String, format: 'date' }) day!: string;
  @ApiProperty({ type: [ModelSpendingDto], description: 'The dearest first.' }) models!: ModelSpendingDto[];
}
