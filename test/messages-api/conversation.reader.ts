import { blocksOf, isText, isToolResult, textOf, type MessagesRequest } from './api.types.js';
import { realText, steeredText } from './synthetic.text.js';

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
export function readConversation(body: MessagesRequest): Conversation {
  const prompts: string[] = [];
  let turns = 0;
  let inReply = false;
  let lastResult: Conversation['lastResult'];
  const begin = (prompt: string): void => {
    prompts.push(prompt);
    turns = 0;
    inReply = false;
    lastResult = undefined;
  };
  for (const message of body.messages) {
    if (message.role === 'assistant') {
      // One reply may arrive as several messages in a row, one for each block.
      if (!inReply) turns += 1;
      inReply = true;
      continue;
    }
    if (message.role === 'system') {
      for (const text of steeredText(textOf(message.content))) begin(text);
      continue;
    }
    inReply = false;
    for (const block of blocksOf(message)) {
      if (isToolResult(block)) {
        lastResult = { text: textOf(block.content), isError: block.is_error === true };
      } else if (isText(block)) {
        const text = realText(block.text);
        if (text !== undefined) begin(text);
      }
    }
  }
  return { prompts, prompt: prompts.at(-1) ?? '', turns, lastResult, body };
}
