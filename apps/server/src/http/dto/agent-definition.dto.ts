import { type AgentDefinition, EFFORTS } from '@steward/claude';
import { ChoiceField, IntegerField, TextField, WordField, WordsField } from './fields.js';
import { MODEL, TOOL } from './patterns.js';

/** A kind of subagent. */
export class AgentDefinitionDto implements AgentDefinition {
  @TextField({
    required: true,
    max: 2000,
    about: 'When to use it; the model reads this.',
    example: 'Reviews a change.',
  })
  description!: string;

  @TextField({ required: true, max: 50_000, about: 'Its system prompt.', example: 'You review code.' })
  prompt!: string;

  @WordsField({
    maxItems: 100,
    maxLength: 200,
    pattern: TOOL,
    about: 'Tools that it has; without it those of the main conversation.',
  })
  tools?: string[];

  @WordsField({ maxItems: 100, maxLength: 200, pattern: TOOL, about: 'Tools that it does not have.' })
  disallowedTools?: string[];

  @WordField({ max: 128, pattern: MODEL, about: 'Its model; without it that of the main conversation.' })
  model?: string;

  @IntegerField({ min: 1, max: 1000, about: 'Turns before it has to stop.' })
  maxTurns?: number;

  @ChoiceField({ values: EFFORTS, about: 'How much it tries.' })
  effort?: AgentDefinition['effort'];
}
