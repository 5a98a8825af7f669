import { type EventData, type NewEvent } from '../stream/index.js';
import {
  type AssistantMessage,
  type CliMessage,
  type ContentBlock,
  type ResultMessage,
  type StreamEventMessage,
  type SystemMessage,
  type UserMessage,
} from './cli-message.types.js';
import { type CliTotals } from './cli-totals.js';
import { type HookedCall } from './hooks.js';
import { progressOf, rateLimitProgress, toolProgress } from './progress.js';
import { RunUsage } from './run-usage.js';
import { StreamedText } from './streamed-text.js';
import { ToolCalls } from './tool-calls.js';

export interface TranslatorOptions {
  /** Publishes an event and gives its seq. */
  readonly emit: (event: NewEvent) => number;
  /** Totals of the process when the run began. */
  readonly before: CliTotals;
  /** Whether `usage` events are made of what the CLI says; not where the wire tells them. @default true */
  readonly tellsUsage?: boolean;
  /** Which messages are published as they are, too. Default: those that are not known. */
  readonly raw?: RawMessages | undefined;
}

/** `whole`: every message but the partial ones, whose text the deltas have. `all`: those, too. */
export const RAW_MESSAGES = ['whole', 'all'] as const;
export type RawMessages = (typeof RAW_MESSAGES)[number];

/** With a schema, the model gives its output as the input of this tool. */
const OUTPUT_TOOL = 'StructuredOutput';

/** The messages of one run, one after another, as events. Holds what later messages need to know of earlier ones. */
export class RunTranslator {
  readonly usage: RunUsage;
  /** `error` of the last synthetic message, status of the last retry: facts for judging the end. */
  assistantError: string | undefined;
  lastRetryStatus: number | null | undefined;
  /** What the model gave last as its structured output, whether it fitted or not; undefined when it gave none. */
  newestOutput: unknown;
  /** Calls that subagents belong to, by the id of the subagent. */
  private readonly subagents = new Map<string, string>();
  private readonly text: StreamedText;
  private readonly tools: ToolCalls;

  constructor(private readonly options: TranslatorOptions) {
    this.usage = new RunUsage(options.before);
    this.text = new StreamedText(options.emit);
    this.tools = new ToolCalls(options.emit);
  }

  accept(message: CliMessage): void {
    if (this.isUnknown(message) || this.isAsked(message)) {
      this.options.emit({ type: 'raw', data: { message: message.type === 'unknown' ? message.original : message } });
    }
    switch (message.type) {
      case 'stream_event':
        return this.stream(message);
      case 'assistant':
        return this.assistant(message);
      case 'user':
        return this.user(message);
      case 'system':
        return this.system(message);
      case 'result':
        return this.result(message);
      case 'rate_limit_event':
        return this.progress(rateLimitProgress(message));
      case 'tool_progress':
        return this.progress(toolProgress(message));
      case 'unknown':
      case 'tool_use_summary':
      case 'transcript_mirror':
      case 'auth_status':
      case 'prompt_suggestion':
      case 'keep_alive':
      case 'conversation_reset':
      case 'control_request':
      case 'control_response':
      case 'control_cancel_request':
        return;
    }
  }

  /** A tool is about to run; its call may not have been printed yet. */
  intend({ toolUseId, toolName, input, agentId }: HookedCall): void {
    if (toolUseId === null) return;
    const parent = agentId === null ? null : (this.subagents.get(agentId) ?? null);
    this.tools.started({ type: 'tool_use', id: toolUseId, name: toolName, input }, parent);
  }

  private isUnknown(message: CliMessage): boolean {
    return message.type === 'unknown' || (message.type === 'system' && progressOf(message) === undefined);
  }

  private isAsked(message: CliMessage): boolean {
    const { raw } = this.options;
    return raw === 'all' || (raw === 'whole' && message.type !== 'stream_event');
  }

  private stream(message: StreamEventMessage): void {
    const { event } = message;
    if (event.type === 'content_block_start' && event.content_block?.type === 'thinking') {
      this.progress({ activity: 'thinking', text: 'Thinking.' });
    }
    this.text.acceptStream(message);
    const changed = this.usage.acceptStream(message);
    if (changed && event.type === 'message_delta') this.emitUsage();
  }

  private assistant(message: AssistantMessage): void {
    const { id = null, model, content } = message.message;
    const parentToolUseId = message.parent_tool_use_id ?? null;
    if (message.error) this.assistantError = message.error;
    // The sentence of a failed request is not an answer of the model.
    if (parentToolUseId === null && !message.error) this.wholeBlocks(id ?? '', content);
    const synthetic = model === '<synthetic>';
    this.options.emit({
      type: 'message',
      data: { role: 'assistant', messageId: id, content, synthetic, parentToolUseId },
    });
    for (const block of content) if (block.type === 'tool_use') this.toolUse(block, parentToolUseId);
  }

  private toolUse(block: ContentBlock, parentToolUseId: string | null): void {
    if (block.name === OUTPUT_TOOL && parentToolUseId === null) this.newestOutput = block.input;
    this.tools.started(block, parentToolUseId);
  }

  private wholeBlocks(messageId: string, content: readonly ContentBlock[]): void {
    for (const block of content) {
      if (block.type === 'text') this.text.acceptWhole(messageId, 'text.delta', block.text ?? '');
      if (block.type === 'thinking') this.text.acceptWhole(messageId, 'thinking.delta', thinkingOf(block));
    }
  }

  private user(message: UserMessage): void {
    if (message.isReplay) return;
    const parentToolUseId = message.parent_tool_use_id ?? null;
    const { content } = message.message;
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    for (const block of blocks) if (block.type === 'tool_result') this.tools.finished(block, parentToolUseId);
    const synthetic = message.isSynthetic ?? !blocks.some((block) => block.type === 'tool_result');
    this.options.emit({
      type: 'message',
      data: { role: 'user', messageId: null, content: blocks, synthetic, parentToolUseId },
    });
  }

  private system(message: SystemMessage): void {
    const { task_id: task, tool_use_id: call } = message as { task_id?: unknown; tool_use_id?: unknown };
    if (message.subtype === 'task_started' && typeof task === 'string' && typeof call === 'string')
      this.subagents.set(task, call);
    const progress = progressOf(message);
    if (progress?.activity === 'api_retry') this.lastRetryStatus = progress.status ?? null;
    this.progress(progress ?? null);
  }

  private progress(data: EventData<'run.progress'> | null): void {
    if (data) this.options.emit({ type: 'run.progress', data });
  }

  private result(message: ResultMessage): void {
    this.text.close();
    this.usage.acceptResult(message);
    this.emitUsage();
    // What a turn that answers no prompt meets says nothing about the turns before it.
    if (!message.is_error) this.assistantError = this.lastRetryStatus = undefined;
  }

  /** What the model has said in its newest message. */
  get partialText(): string {
    return this.text.newest;
  }

  /** Replies of the model so far. */
  get turns(): number {
    return this.text.messages;
  }

  private emitUsage(): void {
    if (this.options.tellsUsage === false) return;
    this.options.emit({ type: 'usage', data: { usage: this.usage.usage, costUsd: this.usage.costUsd } });
  }
}

const thinkingOf = (block: ContentBlock): string => (block as { thinking?: string }).thinking ?? '';
