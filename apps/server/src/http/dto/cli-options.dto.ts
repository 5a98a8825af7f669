import {
  BETAS,
  EFFORTS,
  PERMISSION_MODES,
  type PermissionMode,
  type RunOptions,
  SETTING_SOURCES,
  THINKING,
  THINKING_DISPLAYS,
} from '@steward/claude';
import { AgentDefinitionDto } from './agent-definition.dto.js';
import { ChoiceField, ChoicesField, FlagField, IntegerField, TextField, WordField, WordsField } from './fields.js';
import { JsonField, NamedField } from './object-fields.js';
import { AGENT_NAME, DECIMAL, FOLDER, MODEL, SERVER, TOOL, TOOL_NAME } from './patterns.js';

/** What a request may ask of the CLI; `optionProblems` of the library looks at the fields together. */
export class CliOptionsDto implements RunOptions {
  @WordField({
    max: 128,
    pattern: MODEL,
    about: 'Model or alias (opus, sonnet, haiku, …); without it the operator’s default.',
  })
  model?: string;

  @WordField({ max: 128, pattern: MODEL, about: 'Model to go on with when the first one stays overloaded.' })
  fallbackModel?: string;

  @ChoiceField({ values: EFFORTS, about: 'How much the model tries. Default: the CLI’s, high.' })
  effort?: RunOptions['effort'];

  @ChoiceField({
    values: THINKING,
    about: 'Whether the model thinks first; `adaptive` leaves it to the model. Default: as the model does by itself.',
  })
  thinking?: RunOptions['thinking'];

  @ChoiceField({ values: THINKING_DISPLAYS, about: 'Whether thinking is shown in summary or left out.' })
  thinkingDisplay?: RunOptions['thinkingDisplay'];

  @IntegerField({
    min: 1024,
    max: 128_000,
    about: 'Tokens of thinking, for models with such a budget; newer ones choose by effort.',
  })
  maxThinkingTokens?: number;

  @IntegerField({ min: 1000, max: 100_000_000, about: 'Tokens that the model is told to make do with.' })
  taskBudget?: number;

  @WordField({
    max: 16,
    pattern: DECIMAL,
    about:
      'USD, a decimal: what the run may cost, subagents included. When it is used up the run fails with budget.exceeded, in the middle of an answer too; what was said stays in `result`.',
    example: '0.50',
  })
  maxCostUsd?: string;

  @ChoicesField({ values: BETAS, about: 'Beta features of the model provider that the CLI passes on.' })
  betas?: (typeof BETAS)[number][];

  @TextField({ max: 100_000, about: 'Replaces the system prompt of the CLI.' })
  systemPrompt?: string;

  @TextField({ max: 100_000, about: 'Is added to the system prompt of the CLI.' })
  appendSystemPrompt?: string;

  @FlagField({
    about:
      'Moves what differs between sessions (working directory) from the system prompt into the first message, so that sessions share a prompt cache. Not together with systemPrompt.',
  })
  excludeDynamicSystemPromptSections?: boolean;

  @WordsField({
    maxItems: 100,
    maxLength: 64,
    pattern: TOOL_NAME,
    about: 'Built-in tools that exist for this run; an empty list: none. Without it those of the CLI.',
    example: ['Read', 'Grep'],
  })
  tools?: string[];

  @WordsField({
    maxItems: 100,
    maxLength: 200,
    pattern: TOOL,
    about:
      'What may run without a question: tools (`Bash`) or rules (`Bash(git *)`); file tools stay bound to the workspace. Without it the operator’s list.',
    example: ['Read', 'Bash(git *)'],
  })
  allowedTools?: string[];

  @WordsField({
    maxItems: 100,
    maxLength: 200,
    pattern: TOOL,
    about: 'Tools that do not exist for this run, or rules for calls that are denied.',
  })
  disallowedTools?: string[];

  @ChoiceField({
    values: PERMISSION_MODES,
    about: 'Permission mode of the CLI, where the operator allows it. Default: default.',
  })
  permissionMode?: PermissionMode;

  @IntegerField({ min: 1, max: 1000, about: 'Turns of the agent before the run fails with run.max_turns.' })
  maxTurns?: number;

  @JsonField({
    maxBytes: 65_536,
    about:
      'JSON Schema (draft 07) of the output; `result.structured` fits it. `format` and `$schema` may stand in it and are not checked.',
  })
  outputSchema?: Record<string, unknown>;

  @NamedField({
    of: AgentDefinitionDto,
    maxItems: 20,
    name: AGENT_NAME,
    about: 'Kinds of subagents that the model may start, by name.',
  })
  agents?: Record<string, AgentDefinitionDto>;

  @WordField({ max: 64, pattern: AGENT_NAME, about: 'The one of agents that leads the main conversation.' })
  agent?: string;

  @WordsField({
    maxItems: 20,
    maxLength: 1000,
    pattern: FOLDER,
    about: 'Further folders that file tools may use, from the operator’s list (STEWARD_ALLOWED_DIRS).',
  })
  addDirs?: string[];

  @ChoicesField({
    values: SETTING_SOURCES,
    about: 'Settings of the workspace that act, where the operator allows it. Default: none.',
  })
  settingSources?: (typeof SETTING_SOURCES)[number][];

  @WordsField({
    maxItems: 20,
    maxLength: 64,
    pattern: SERVER,
    about: 'MCP servers of the operator (STEWARD_MCP_CONFIG), by name.',
  })
  mcpServers?: string[];
}
