import type Anthropic from '@anthropic-ai/sdk';
import { type ApiMessage, type CliMessage, type ResultMessage } from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { type AgentBackend, type EndOfPrompt, type MessageConsumer } from './agent-backend.js';

export interface ApiAgentOptions {
  /** Address of the model gateway, and a token of this agent's own. */
  readonly url: string;
  readonly token: string;
  readonly model: string;
  readonly system: string;
  /** The conversation so far, oldest first. */
  readonly history: readonly ApiMessage[];
  /** Of one answer. */
  readonly maxTokens: number;
  /** Milliseconds that an answer may take to begin. */
  readonly timeoutMs: number;
}

type Interrupt = 'interrupt' | 'stop';

/**
 * Answers with the Messages API alone: no tools, no files, one request a prompt, which nobody repeats. It says what the
 * CLI would say: the provider's own events, the whole message, a result.
 */
export class ApiAgent implements AgentBackend {
  readonly resources = null;
  private readonly messages: ApiMessage[];
  private running: { readonly abort: AbortController; readonly ended: Promise<unknown> } | undefined;

  constructor(private readonly options: ApiAgentOptions) {
    this.messages = [...options.history];
  }

  async prompt(line: string, consumer: MessageConsumer, isOver: EndOfPrompt = () => true): Promise<ResultMessage> {
    const { message } = JSON.parse(line) as { message: { content: ApiMessage['content'] } };
    // Empty blocks are for the CLI; the provider refuses them.
    const content = message.content.filter(({ type, text }) => type !== 'text' || text !== '');
    this.messages.push({ role: 'user', content });
    const abort = new AbortController();
    const work = this.answer(consumer, abort.signal);
    this.running = { abort, ended: work.catch(() => undefined) };
    try {
      const result = await work;
      await consumer(result);
      isOver(result);
      return result;
    } finally {
      this.running = undefined;
    }
  }

  interrupt(): Promise<void> {
    return this.end('interrupt');
  }

  stop(): Promise<void> {
    return this.end('stop');
  }

  private async end(how: Interrupt): Promise<void> {
    this.running?.abort.abort(how);
    await this.running?.ended;
  }

  private async answer(consumer: MessageConsumer, signal: AbortSignal): Promise<ResultMessage> {
    // Most servers never need it, and it takes memory.
    const { default: Client, APIError } = await import('@anthropic-ai/sdk');
    const { url, token, model, system, maxTokens, timeoutMs } = this.options;
    const client = new Client({ baseURL: url, apiKey: token, authToken: null, maxRetries: 0, timeout: timeoutMs });
    const messages = this.messages as unknown as Anthropic.MessageParam[];
    try {
      const stream = client.messages.stream({ model, system, messages, max_tokens: maxTokens }, { signal });
      for await (const event of stream) {
        // The CLI, too, prints a message before its last event.
        if (event.type === 'message_stop') await consumer(wholeOf(await this.keep(stream.currentMessage)));
        await consumer({ type: 'stream_event', event: event as never, parent_tool_use_id: null });
      }
      return resultOf(await stream.finalMessage());
    } catch (error) {
      if (signal.aborted) return { ...FAILED, subtype: 'error_during_execution', terminal_reason: 'aborted_streaming' };
      // The consumer's own: nobody listens any more.
      if (error instanceof ClaudeError) throw error;
      // A stream that breaks off, or cannot be read, has no status; the gateway knows what it was.
      const status = error instanceof APIError ? ((error.status as number | undefined) ?? null) : null;
      return { ...FAILED, subtype: 'success', api_error_status: status, result: (error as Error).message };
    }
  }

  private keep(message: Anthropic.Message | undefined): Promise<Anthropic.Message> {
    if (!message) return Promise.reject(new Error('the answer ended before it began'));
    this.messages.push({ role: 'assistant', content: message.content });
    return Promise.resolve(message);
  }
}

const FAILED = { type: 'result', is_error: true, stop_reason: null, num_turns: 1 } as const;

const wholeOf = ({ id, model, content }: Anthropic.Message): CliMessage => ({
  type: 'assistant',
  parent_tool_use_id: null,
  message: { id, model, content },
});

function resultOf({ content, stop_reason: stop }: Anthropic.Message): ResultMessage {
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  const refused = stop === 'refusal';
  return { type: 'result', subtype: 'success', is_error: refused, result: text, stop_reason: stop, num_turns: 1 };
}
