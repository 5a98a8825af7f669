import {
  APPROVAL_DEFAULTS,
  APPROVAL_MODES,
  type ApprovalDefault,
  type ApprovalMode,
  BACKGROUND_MODES,
  BUSY_POLICIES,
  type BusyPolicy,
  type Attachment,
  type BackgroundMode,
  type CommandCall,
  FALLBACK_MODES,
  type FallbackMode,
  OUTAGE_MODES,
  type OutageMode,
  RAW_MESSAGES,
  type RawMessages,
  type RunRequest,
  type WorkspaceSource,
} from '@steward/claude';
import { CliOptionsDto } from './cli-options.dto.js';
import { ChoiceField, FlagField, IntegerField, MomentField, SpokenField, TextField, WordField } from './fields.js';
import { MetadataField, NestedField, NestedListField } from './object-fields.js';
import { ATTACHMENT_NAME, COMMAND, MEDIA_TYPE } from './patterns.js';
import { WorkspaceField } from './workspace.dto.js';

const DAY_MS = 86_400_000;

/** A slash command or skill. */
export class CommandDto implements CommandCall {
  @WordField({ required: true, max: 100, pattern: COMMAND, about: 'Its name, without the slash.', example: 'compact' })
  name!: string;

  @TextField({ max: 100_000, about: 'What stands behind the name.' })
  args?: string;
}

/** A file that goes to the model with the prompt. */
export class AttachmentDto implements Attachment {
  @WordField({
    required: true,
    max: 255,
    pattern: ATTACHMENT_NAME,
    about: 'Its name; the model reads it.',
    example: 'plan.pdf',
  })
  name!: string;

  @WordField({ max: 100, pattern: MEDIA_TYPE, about: 'Media type; the content decides, and has to agree.' })
  type?: string;

  @TextField({ required: true, max: 64_000_000, min: 0, about: 'Its content, base64.' })
  data!: string;
}

/** The request of a run. */
export class RunRequestDto extends CliOptionsDto implements RunRequest {
  @SpokenField({
    max: 32_000_000,
    about: 'Text for the model; never executed as a slash command. Exactly one of prompt and command.',
    example: 'Say hello.',
  })
  prompt?: string;

  @NestedField({
    of: CommandDto,
    about: 'A slash command or skill instead of a prompt; `GET /sessions/:id/commands` lists those there are.',
  })
  command?: CommandDto;

  @NestedListField({
    of: AttachmentDto,
    maxItems: 100,
    about:
      'Images (PNG, JPEG, GIF, WebP), PDFs and texts that go to the model with the prompt; `multipart/form-data` is the other way to send them.',
  })
  attachments?: AttachmentDto[];

  @TextField({ max: 64, about: 'An open session to go on with; without it the run gets a session of its own.' })
  sessionId?: string;

  @FlagField({
    about:
      'Without sessionId: whether the session that the run gets stays open after it. false closes it with its workspace when the run has ended. Default: true.',
  })
  keepSession?: boolean;

  @WorkspaceField(
    'Without sessionId: what the workspace of the session that the run gets begins with. Default: nothing.',
  )
  workspace?: WorkspaceSource;

  @IntegerField({
    min: 100,
    max: DAY_MS,
    about:
      'Milliseconds that the attempts of the run may take together until it fails with run.timed_out; what it waits for a place, a limit, an outage or people does not count.',
  })
  timeoutMs?: number;

  @IntegerField({
    min: 1,
    max: 1_000_000_000_000,
    about: 'Tokens of all kinds together (also those read from the cache) that the run may use; as maxCostUsd.',
  })
  maxTokens?: number;

  @FlagField({
    about:
      'Keeps what is said to the model and by it, redacted, in a file on the server, where the operator allows it; `metering.recording` names it, `npm run replay` plays it back.',
  })
  recordModelTraffic?: boolean;

  @ChoiceField({
    values: BACKGROUND_MODES,
    about:
      'Commands and subagents that still run in the background when the answer is there: end them (stop, the default), or wait for them and for what the agent says about them.',
  })
  backgroundTasks?: BackgroundMode;

  @ChoiceField({
    values: RAW_MESSAGES,
    about:
      'Publish the messages of the CLI as they are, too, as `raw` events: whole ones, or all, with the partial ones that deltas are made of. Default: only those that are not known.',
  })
  rawMessages?: RawMessages;

  @ChoiceField({
    values: BUSY_POLICIES,
    about:
      'When the session has a run already: wait in order (enqueue, the default), refuse with session.busy (reject), end that one with run.interrupted and go next (interrupt), or say the prompt to the one that runs, which is answered then (steer; of the request only the prompt counts; not with a command, attachments or outputSchema).',
  })
  busyPolicy?: BusyPolicy;

  @IntegerField({
    min: 0,
    max: 9,
    about: 'Among one’s own waiting runs: each step counts like a minute of waiting. Default: 0.',
  })
  priority?: number;

  @MomentField({
    maxAheadMs: 30 * DAY_MS,
    about: 'Not before this moment (ISO 8601 with a zone); at most 30 days ahead.',
  })
  startAt?: string;

  @IntegerField({
    min: 1,
    max: 100,
    about:
      'Attempts that may fail in a way that passes, or be lost with their worker, before the run fails; the operator bounds it. 1: none is repeated. Default: STEWARD_RUN_ATTEMPTS.',
  })
  maxAttempts?: number;

  @ChoiceField({
    values: APPROVAL_MODES,
    about:
      'Tools that no rule names, questions and plans of the agent: denied at once (deny), or asked of people (ask; see docs/approvals.md). Default: STEWARD_APPROVALS.',
  })
  approvals?: ApprovalMode;

  @IntegerField({
    min: 100,
    max: 90 * DAY_MS,
    about:
      'Milliseconds that each approval waits for an answer; the operator bounds it. Default: STEWARD_APPROVAL_TIMEOUT_MS.',
  })
  approvalTimeoutMs?: number;

  @ChoiceField({
    values: APPROVAL_DEFAULTS,
    about:
      'When nobody answers in time: deny and tell the model (the default), allow (questions are denied all the same), or deny and end the run (stop).',
  })
  approvalDefault?: ApprovalDefault;

  @ChoiceField({
    values: OUTAGE_MODES,
    about:
      'While the model, the credential or the start of agents is out of order (docs/outages.md): go on when it works again (wait), fail at once with breaker.open (fail), or go down the ladder: fallbackModel, fallback, then wait (degrade). Default: STEWARD_ON_OUTAGE.',
  })
  onOutage?: OutageMode;

  @ChoiceField({
    values: FALLBACK_MODES,
    about:
      'With onOutage: degrade, where the operator allows it: let the Messages API answer when the CLI cannot (api), with the conversation of the session and without tools. Default: none.',
  })
  fallback?: FallbackMode;

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
