import { PERMISSION_MODES, type PermissionMode, RUN_STATES, type RunRequest, type RunState } from '@steward/claude';
import {
  ChoiceField,
  IntegerField,
  JsonField,
  MetadataField,
  QueryIntegerField,
  SpokenField,
  TextField,
  WordField,
  WordsField,
} from './fields.js';

const DAY_MS = 86_400_000;
/** A tool, or a rule with an argument: `Bash`, `Bash(git *)`, `mcp__server__tool`. A comma would end a rule at the CLI. */
const TOOL = /^[A-Za-z][A-Za-z0-9_]*(\([^,()\n]+\))?$/;
const MODEL = /^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]*$/;

/** The request of a run. */
export class RunRequestDto implements RunRequest {
  @SpokenField({
    required: true,
    max: 32_000_000,
    about: 'Text for the model; never executed as a slash command.',
    example: 'Say hello.',
  })
  prompt!: string;

  @TextField({ max: 64, about: 'An open session to go on with; without it the run gets a session of its own.' })
  sessionId?: string;

  @WordField({
    max: 128,
    pattern: MODEL,
    about: 'Model or alias (opus, sonnet, haiku, …); without it the operator’s default.',
  })
  model?: string;

  @TextField({ max: 100_000, about: 'Replaces the system prompt of the CLI.' })
  systemPrompt?: string;

  @TextField({ max: 100_000, about: 'Is added to the system prompt of the CLI.' })
  appendSystemPrompt?: string;

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

  @IntegerField({
    min: 100,
    max: DAY_MS,
    about: 'Milliseconds from the start of the run until it fails with run.timed_out.',
  })
  timeoutMs?: number;

  @JsonField({ maxBytes: 65_536, about: 'JSON Schema of the output; `result.structured` fits it.' })
  outputSchema?: Record<string, unknown>;

  @ChoiceField({
    values: ['enqueue', 'reject'],
    about: 'When the session has a run already: wait in order (default), or refuse with session.busy.',
  })
  busyPolicy?: 'enqueue' | 'reject';

  @MetadataField({ about: 'Yours: at most 16 texts, shown with the run.' })
  metadata?: Record<string, string>;
}

/** The same for a caller that waits. */
export class ExecuteDto extends RunRequestDto {
  @ChoiceField({
    values: ['continue', 'cancel'],
    about: 'What happens to the run when the caller leaves before its end. Default: continue.',
  })
  onDisconnect?: 'continue' | 'cancel';
}

export class PageQueryDto {
  @QueryIntegerField({ min: 1, max: 200, about: 'Entries of a page. Default: 50.' })
  limit?: number;

  @TextField({ max: 200, about: '`nextCursor` of the page before.' })
  cursor?: string;
}

export class RunListQueryDto extends PageQueryDto {
  @ChoiceField({ values: RUN_STATES, about: 'Only runs in this state.' })
  state?: RunState;

  @TextField({ max: 64, about: 'Only runs of this session.' })
  sessionId?: string;
}

export class EventsQueryDto {
  @QueryIntegerField({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    about: 'Only events after this seq. `Last-Event-ID` means the same and wins.',
  })
  after?: number;

  @QueryIntegerField({ min: 1, max: 1000, about: 'JSON pages: events of a page. Default: 200.' })
  limit?: number;
}

export class CreateSessionDto {
  @MetadataField({ about: 'Yours: at most 16 texts, shown with the session.' })
  metadata?: Record<string, string>;
}
