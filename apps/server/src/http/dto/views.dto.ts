import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { ACTIVITIES, DEGRADE_STEPS, RUN_STATES, WAITING_FOR } from '@steward/claude';
import { type Problem } from '../problem/problem.js';

const text = { type: String };
const nullable = { nullable: true };

export class OwnerView {
  @ApiProperty(text) tenant!: string;
  @ApiProperty(text) user!: string;
}

export class UsageView {
  @ApiProperty({ type: 'integer' }) inputTokens!: number;
  @ApiProperty({ type: 'integer' }) outputTokens!: number;
  @ApiProperty({ type: 'integer' }) cacheReadInputTokens!: number;
  @ApiProperty({ type: 'integer' }) cacheCreationInputTokens!: number;
}

export class ModelUsageView extends UsageView {
  @ApiProperty({ ...text, description: 'USD, a decimal.' }) costUsd!: string;
}

export class ResultView {
  @ApiProperty({ ...text, description: 'The final text.' }) text!: string;
  @ApiProperty({
    ...nullable,
    type: 'object',
    additionalProperties: true,
    description: 'Structured output; null without outputSchema.',
  })
  structured!: unknown;
  @ApiProperty({ ...text, ...nullable, example: 'end_turn' }) stopReason!: string | null;
  @ApiProperty({ type: 'integer' }) numTurns!: number;
  @ApiProperty({
    type: Boolean,
    required: false,
    description: 'true: the Messages API answered by itself, and no tools were used.',
  })
  withoutTools?: boolean;
}

export class ResourcesView {
  @ApiProperty({ type: 'integer', description: 'With everything that the agent started.' }) cpuMs!: number;
  @ApiProperty({ type: 'integer' }) peakMemoryBytes!: number;
}

class UsageDifferenceView extends UsageView {
  @ApiProperty({ ...text, description: 'A decimal, also below 0.' }) costUsd!: string;
}

/** How usage and cost were found. */
export class MeteringView {
  @ApiProperty({ enum: ['wire', 'cli'], description: 'wire: as the model gateway saw it.' }) source!: string;
  @ApiProperty({ type: 'integer' }) requests!: number;
  @ApiProperty({ type: 'integer' }) failedRequests!: number;
  @ApiProperty({ type: 'integer', description: 'Of answers that broke off; not in usage. Budgets count them.' })
  estimatedOutputTokens!: number;
  @ApiProperty({ type: [String], description: 'Models whose cost is that of another one.' }) unpricedModels!: string[];
  @ApiProperty({ type: UsageDifferenceView, ...nullable, description: 'What the CLI counted, less the wire.' })
  cliDifference!: UsageDifferenceView | null;
  @ApiProperty({ ...text, required: false, description: 'File of the recorded traffic, in the data folder.' })
  recording?: string;
}

export class RunErrorView {
  @ApiProperty({ ...text, description: 'A code of docs/errors.md.' }) code!: string;
  @ApiProperty(text) message!: string;
  @ApiProperty({ type: Boolean }) retryable!: boolean;
  @ApiProperty({ type: 'object', additionalProperties: true }) details!: Record<string, unknown>;
}

export class ProgressView {
  @ApiProperty({ type: 'integer', description: 'Answers of the model so far.' }) turns!: number;
  @ApiProperty({ type: 'integer', description: 'Tools that it asked for so far.' }) toolCalls!: number;
  @ApiProperty({ type: 'integer', description: 'Tokens of all kinds so far.' }) tokens!: number;
}

/** How a run was carried other than it was asked for. */
export class DegradedView {
  @ApiProperty({ enum: DEGRADE_STEPS }) step!: string;
  @ApiProperty({ ...text, description: 'What was in the way: a code of docs/errors.md.' }) why!: string;
}

export class ActivityView {
  @ApiProperty({
    enum: Object.keys(ACTIVITIES),
    description: Object.entries(ACTIVITIES)
      .map(([what, about]) => `${what}: ${about}`)
      .join('; '),
  })
  what!: string;
  @ApiProperty({ ...text, description: 'The same as a sentence for people.' }) text!: string;
  @ApiProperty({ ...text, format: 'date-time' }) since!: string;
  @ApiProperty({
    ...text,
    ...nullable,
    format: 'date-time',
    description: 'When it goes on by itself; null: nobody knows.',
  })
  until!: string | null;
}

/** A run, as every transport shows it. */
@ApiExtraModels(ModelUsageView)
export class RunViewDto {
  @ApiProperty({ ...text, format: 'uuid' }) id!: string;
  @ApiProperty({ ...text, format: 'uuid' }) sessionId!: string;
  @ApiProperty({ enum: RUN_STATES }) state!: string;
  @ApiProperty({
    enum: WAITING_FOR,
    ...nullable,
    description: 'What it waits for while it is pending, beyond its turn; null otherwise.',
  })
  waitingFor!: string | null;
  @ApiProperty({
    ...text,
    ...nullable,
    format: 'date-time',
    description: 'When that is over, or is tried next; null: nothing to wait for.',
  })
  waitingUntil!: string | null;
  @ApiProperty({ type: 'integer', description: 'Attempts that were begun.' }) attempts!: number;
  @ApiProperty({ type: OwnerView }) owner!: OwnerView;
  @ApiProperty({ ...text, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ ...text, ...nullable, format: 'date-time' }) startedAt!: string | null;
  @ApiProperty({ ...text, ...nullable, format: 'date-time' }) endedAt!: string | null;
  @ApiProperty({ type: 'integer', description: 'Seq of its newest event.' }) lastSeq!: number;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) metadata!: Record<string, string>;
  @ApiProperty({
    type: ProgressView,
    ...nullable,
    description: 'How far it is, renewed about every second; null before it began.',
  })
  progress!: ProgressView | null;
  @ApiProperty({
    type: ActivityView,
    ...nullable,
    description: 'What it does or waits for, renewed about every second; null when it has ended.',
  })
  activity!: ActivityView | null;
  @ApiProperty({ type: ResultView, ...nullable }) result!: ResultView | null;
  @ApiProperty({ type: UsageView }) usage!: UsageView;
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ModelUsageView) },
    description: 'The same by model, auxiliary requests and subagents included.',
  })
  usageByModel!: Record<string, ModelUsageView>;
  @ApiProperty({ ...text, description: 'USD, a decimal.', example: '0.000175' }) costUsd!: string;
  @ApiProperty({ type: MeteringView, ...nullable }) metering!: MeteringView | null;
  @ApiProperty({ type: ResourcesView, ...nullable }) resources!: ResourcesView | null;
  @ApiProperty({ type: RunErrorView, ...nullable }) error!: RunErrorView | null;
  @ApiProperty({
    type: RunErrorView,
    ...nullable,
    description: 'Why it waits, or is tried again: what its last attempt met; null when it has ended.',
  })
  lastError!: RunErrorView | null;
  @ApiProperty({
    type: DegradedView,
    ...nullable,
    description: 'The step of the ladder that it is on, or ended on; null: it was carried as it was asked for.',
  })
  degraded!: DegradedView | null;
}

export class WorkspaceView {
  @ApiProperty({ enum: ['empty', 'template', 'worktree'] }) kind!: string;
  @ApiProperty({ ...text, ...nullable, description: 'Of the template or the repository.' }) name!: string | null;
  @ApiProperty({ ...text, ...nullable, description: 'What was asked for of a repository.' }) ref!: string | null;
  @ApiProperty({ ...text, ...nullable, description: 'The commit that was checked out.' }) commit!: string | null;
  @ApiProperty({
    type: 'integer',
    description: 'On disk, of all files of the session, as last measured: shortly after a run.',
  })
  bytes!: number;
}

export class SessionViewDto {
  @ApiProperty({ ...text, format: 'uuid' }) id!: string;
  @ApiProperty({ enum: ['idle', 'running', 'hibernated', 'closed'] }) state!: string;
  @ApiProperty({ type: OwnerView }) owner!: OwnerView;
  @ApiProperty({ ...text, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ ...text, format: 'date-time' }) lastUsedAt!: string;
  @ApiProperty({ type: 'integer', description: 'Runs that ended in it.' }) runs!: number;
  @ApiProperty({ type: WorkspaceView, description: 'What its workspace began with.' }) workspace!: WorkspaceView;
  @ApiProperty({ ...text, ...nullable, format: 'uuid', description: 'The session that it was forked from.' })
  forkedFrom!: string | null;
  @ApiProperty({
    type: [String],
    description: 'What people allowed for the rest of it: names of tools, and of Bash each command.',
  })
  allowed!: readonly string[];
  @ApiProperty({
    type: 'integer',
    description: 'Agent processes that crashed in it, one after the other, without a result in between.',
  })
  crashes!: number;
  @ApiProperty({
    ...text,
    ...nullable,
    format: 'date-time',
    description: 'Until when its runs are refused with session.unhealthy; null: they are not.',
  })
  unhealthyUntil!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) metadata!: Record<string, string>;
}

export class TranscriptMessageDto {
  @ApiProperty({ ...text, description: "The CLI's id of the message." }) id!: string;
  @ApiProperty({ enum: ['user', 'assistant'] }) role!: string;
  @ApiProperty({ ...text, ...nullable, format: 'date-time' }) at!: string | null;
  @ApiProperty({ ...text, ...nullable, description: 'Model of an answer.' }) model!: string | null;
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'Blocks of the Messages API: text, thinking, tool_use, tool_result, …',
  })
  content!: readonly object[];
  @ApiProperty({ type: 'boolean', description: 'Written by the CLI: a summary, or a note about an interrupt.' })
  synthetic!: boolean;
}

export class CommandView {
  @ApiProperty({ ...text, description: 'Goes into `command.name`.' }) name!: string;
  @ApiProperty(text) description!: string;
  @ApiProperty({ ...text, description: 'What `command.args` may hold, as a hint; empty for nothing.' })
  argumentHint!: string;
}

export class CommandListDto {
  @ApiProperty({ type: [CommandView] }) data!: CommandView[];
  @ApiProperty({ ...text, ...nullable, description: 'Always null: the list is whole.' }) nextCursor!: null;
}

const nextCursor = { ...text, ...nullable, description: 'For the next page; null at the end.' };

export class RunPageDto {
  @ApiProperty({ type: [RunViewDto] }) data!: RunViewDto[];
  @ApiProperty(nextCursor) nextCursor!: string | null;
}

export class TranscriptPageDto {
  @ApiProperty({ type: [TranscriptMessageDto] }) data!: readonly TranscriptMessageDto[];
  @ApiProperty(nextCursor) nextCursor!: string | null;
}

export class SessionPageDto {
  @ApiProperty({ type: [SessionViewDto] }) data!: SessionViewDto[];
  @ApiProperty(nextCursor) nextCursor!: string | null;
}

export class FrameViewDto {
  @ApiProperty({ type: 'integer' }) fromSeq!: number;
  @ApiProperty({ type: 'integer' }) seq!: number;
  @ApiProperty({ ...text, format: 'date-time' }) at!: string;
  @ApiProperty({ ...text, format: 'uuid' }) runId!: string;
  @ApiProperty({ ...text, format: 'uuid' }) sessionId!: string;
  @ApiProperty({ ...text, description: 'A type of docs/events.md.' }) type!: string;
  @ApiProperty({ type: 'object', additionalProperties: true }) data!: unknown;
}

export class FramePageDto {
  @ApiProperty({ type: [FrameViewDto] }) data!: FrameViewDto[];
  @ApiProperty({
    ...nextCursor,
    description: 'Value of `after` for the next page; null when there is nothing more yet.',
  })
  nextCursor!: string | null;
}

class FieldProblemDto {
  @ApiProperty(text) field!: string;
  @ApiProperty(text) reason!: string;
}

/** RFC 9457. */
export class ProblemDto implements Problem {
  @ApiProperty(text) type!: string;
  @ApiProperty(text) title!: string;
  @ApiProperty({ type: 'integer' }) status!: number;
  @ApiProperty(text) detail!: string;
  @ApiProperty({ ...text, description: 'A code of docs/errors.md.' }) code!: string;
  @ApiProperty({ type: Boolean }) retryable!: boolean;
  @ApiProperty({ ...text, ...nullable }) requestId!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) details!: Record<string, unknown>;
  @ApiProperty({ type: [FieldProblemDto], description: 'Each wrong field of the request.' }) errors!: FieldProblemDto[];
}
