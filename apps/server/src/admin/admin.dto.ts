import { ApiProperty } from '@nestjs/swagger';
import { type QueueView, type WorkerView, type WorkerWish } from '@steward/claude';
import { FlagField, IntegerField } from '../http/dto/fields.js';

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
