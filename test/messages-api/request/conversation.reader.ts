import {
  blocksOf,
  isText,
  isToolResult,
  textOf,
  type MessagesRequest,
  type RequestMessage,
} from '../wire/api.types.js';
import { NO_REPLY, readText, steeredTexts, withoutReminders, type HostText } from './synthetic.text.js';

/** What a script needs to know about the request that it answers. */
export interface Conversation {
  /** Every prompt that a person (or a parent agent) wrote, oldest first. */
  prompts: string[];
  /** The last of them: the one that is being answered. */
  prompt: string;
  /** Replies already given to it; the next step's index. */
  turns: number;
  /** The newest tool result since the prompt. */
  lastResult?: { text: string; isError: boolean };
  body: MessagesRequest;
}

/**
 * Reads the state of the script from the request alone, so that it survives restarts, resumes and forks:
 * everything that was said is in the request.
 */
export function readConversation(body: MessagesRequest, hostTexts: readonly HostText[] = []): Conversation {
  const reader = new Reader(hostTexts);
  for (const message of body.messages) reader.take(message);
  const { prompts, turns, lastResult } = reader;
  return { prompts, prompt: prompts.at(-1) ?? '', turns, body, ...(lastResult === undefined ? {} : { lastResult }) };
}

class Reader {
  readonly prompts: string[] = [];
  turns = 0;
  lastResult: Conversation['lastResult'];
  private inReply = false;

  constructor(private readonly hostTexts: readonly HostText[]) {}

  take(message: RequestMessage): void {
    if (message.role === 'assistant') return this.reply(message);
    if (message.role === 'system') return steeredTexts(textOf(message.content)).forEach((text) => this.begin(text));
    this.inReply = false;
    for (const block of blocksOf(message)) {
      if (isToolResult(block)) this.result(textOf(block.content), block.is_error === true);
      else if (isText(block)) this.text(block.text);
    }
  }

  /** One reply may arrive as several messages in a row, one for each block. */
  private reply(message: RequestMessage): void {
    if (textOf(message.content) === NO_REPLY) return;
    if (!this.inReply) this.turns += 1;
    this.inReply = true;
  }

  private result(text: string, isError: boolean): void {
    this.lastResult = { text: withoutReminders(text), isError };
    if (text.includes('<system-reminder>')) steeredTexts(text).forEach((steered) => this.begin(steered));
  }

  private text(text: string): void {
    const read = readText(text, this.hostTexts);
    if (read.kind === 'prompt') this.begin(read.text);
    else if (read.kind === 'recalled') read.prompts.forEach((prompt) => this.begin(prompt));
    else this.turns += read.turns;
  }

  private begin(prompt: string): void {
    this.prompts.push(prompt);
    this.turns = 0;
    this.lastResult = undefined;
  }
}
