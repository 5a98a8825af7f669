import { ApiProperty } from '@nestjs/swagger';
import { type ApprovalAnswer, ClaudeError } from '@steward/claude';
import { ChoiceField, FlagField, TextField } from './fields.js';
import { field, isPlainObject, rule } from './field.js';
import { JsonField } from './object-fields.js';

const DECISIONS = ['allow', 'deny', 'answer'] as const;
const MAX_INPUT_BYTES = 8_000_000;
const MAX_ANSWERS = 20;
const MAX_CHARACTERS = 10_000;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '' && value.length <= MAX_CHARACTERS;
const isAnswer = (value: unknown): boolean =>
  isText(value) || (Array.isArray(value) && value.length > 0 && value.length <= MAX_ANSWERS && value.every(isText));

/** The answer of a person. */
export class ApprovalAnswerDto {
  @ChoiceField({
    required: true,
    values: DECISIONS,
    about: 'allow or deny for a tool or a plan; answer or deny for a question.',
  })
  decision!: (typeof DECISIONS)[number];

  @JsonField({ maxBytes: MAX_INPUT_BYTES, about: 'allow: what runs instead of what the agent asked for.' })
  input?: Record<string, unknown>;

  @ChoiceField({
    values: ['once', 'session'],
    about:
      'allow: this call only (once, the default), or the tool for the rest of the session; of Bash only this one command.',
  })
  scope?: 'once' | 'session';

  @TextField({ max: MAX_CHARACTERS, about: 'deny: what the model is told.' })
  message?: string;

  @FlagField({ about: 'deny: end the run, too. Default: false.' })
  stop?: boolean;

  @field(
    { about: 'answer: by the text of each question, a label, own words, or several labels.' },
    {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    },
    rule(
      'isAnswers',
      `must be an object of at most ${MAX_ANSWERS} answers, each a text or texts of at most ${MAX_CHARACTERS} characters`,
      (value) =>
        isPlainObject(value) && Object.keys(value).length <= MAX_ANSWERS && Object.values(value).every(isAnswer),
    ),
  )
  answers?: Record<string, string | string[]>;
}

const FITTING = { allow: ['input', 'scope'], deny: ['message', 'stop'], answer: ['answers'] } as const;

/** @throws ClaudeError `request.invalid` for what does not go with the decision */
export function answerOf({ decision, ...given }: ApprovalAnswerDto): ApprovalAnswer {
  const fitting: readonly string[] = FITTING[decision];
  const strange = Object.entries(given).find(([name, value]) => value !== undefined && !fitting.includes(name));
  if (strange) throw ClaudeError.invalid([{ field: strange[0], reason: `does not go with decision ${decision}` }]);
  const { input, scope, message, stop, answers } = given;
  switch (decision) {
    case 'allow':
      return { decision, ...(input && { input }), ...(scope && { scope }) };
    case 'deny':
      return { decision, ...(message !== undefined && { message }), ...(stop !== undefined && { stop }) };
    case 'answer':
      if (!answers) throw ClaudeError.invalid([{ field: 'answers', reason: 'is needed with decision answer' }]);
      return { decision, answers };
  }
}

/** The same over Socket.IO. */
export class ApproveDto extends ApprovalAnswerDto {
  @TextField({ required: true, max: 64, about: 'Id of the run.' })
  id!: string;

  @TextField({ required: true, max: 64, about: 'Id of the approval.' })
  approvalId!: string;
}

const text = { type: String };
const nullable = { nullable: true };
const object = { type: 'object', additionalProperties: true } as const;

class ResolutionView {
  @ApiProperty({ enum: [...DECISIONS, 'withdrawn'] }) decision!: string;
  @ApiProperty({ enum: ['user', 'timeout', 'withdrawn'] }) by!: string;
  @ApiProperty({ ...text, ...nullable, description: 'Who, where it was a person.' }) user!: string | null;
  @ApiProperty({ ...text, format: 'date-time' }) at!: string;
  @ApiProperty({ enum: ['once', 'session'] }) scope!: string;
  @ApiProperty({ type: Boolean, description: 'Whether the run was to end with it.' }) stop!: boolean;
  @ApiProperty({ ...text, ...nullable }) message!: string | null;
  @ApiProperty({ ...object, ...nullable, description: 'What runs instead of what was asked for.' })
  input!: unknown;
  @ApiProperty({ ...object, ...nullable, description: 'By the text of each question.' }) answers!: unknown;
}

/** A question of the agent to a person. */
export class ApprovalView {
  @ApiProperty({ ...text, format: 'uuid' }) id!: string;
  @ApiProperty({ ...text, format: 'uuid' }) runId!: string;
  @ApiProperty({ ...text, format: 'uuid' }) sessionId!: string;
  @ApiProperty({ enum: ['tool', 'question', 'plan'] }) kind!: string;
  @ApiProperty({ enum: ['open', 'resolved'] }) state!: string;
  @ApiProperty(text) tool!: string;
  @ApiProperty({ ...text, ...nullable }) toolUseId!: string | null;
  @ApiProperty({ ...text, ...nullable, description: 'The subagent that asks.' }) agentId!: string | null;
  @ApiProperty({ ...object, description: 'What the tool would be called with.' }) input!: Record<string, unknown>;
  @ApiProperty({ type: 'array', items: object, ...nullable, description: 'question: what is asked.' })
  questions!: readonly object[] | null;
  @ApiProperty({ ...text, ...nullable, description: 'What the agent program says of the call.' })
  description!: string | null;
  @ApiProperty({ ...text, ...nullable, description: 'Why it asks.' }) reason!: string | null;
  @ApiProperty({ type: 'array', items: object, description: 'What it would remember; for information.' })
  suggestions!: readonly unknown[];
  @ApiProperty({ ...text, format: 'date-time' }) requestedAt!: string;
  @ApiProperty({ ...text, format: 'date-time', description: 'Until when an answer counts.' }) deadline!: string;
  @ApiProperty({ enum: ['deny', 'allow', 'stop'], description: 'What happens then.' }) default!: string;
  @ApiProperty({ type: ResolutionView, ...nullable }) resolution!: ResolutionView | null;
}

export class ApprovalPageDto {
  @ApiProperty({ type: [ApprovalView] }) data!: readonly ApprovalView[];
  @ApiProperty({ ...text, ...nullable, description: 'For the next page; null at the end.' }) nextCursor!: string | null;
}
