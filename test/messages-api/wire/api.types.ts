/** The parts of the Messages API that the scripted server reads and writes. Fields that it ignores are left out. */

export interface TextBlock {
  type: 'text';
  text: string;
}

export interface ToolResultBlock {
  type: 'tool_result';
  tool_use_id: string;
  content?: string | ContentBlock[];
  is_error?: boolean;
}

/** Images, documents, thinking and tool calls pass by unread. */
export interface OtherBlock {
  type: string;
  [field: string]: unknown;
}

export type ContentBlock = TextBlock | ToolResultBlock | OtherBlock;

export interface RequestMessage {
  role: 'user' | 'assistant' | 'system';
  content: string | ContentBlock[];
}

export interface MessagesRequest {
  model: string;
  max_tokens?: number;
  messages: RequestMessage[];
  system?: string | TextBlock[];
  tools?: { name: string; [field: string]: unknown }[];
  stream?: boolean;
  metadata?: { user_id?: string };
  [field: string]: unknown;
}

export interface Usage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
}

export const isText = (block: ContentBlock): block is TextBlock =>
  block.type === 'text' && typeof (block as TextBlock).text === 'string';

export const isToolResult = (block: ContentBlock): block is ToolResultBlock => block.type === 'tool_result';

/** A message's content as blocks, whichever of the two forms it came in. */
export const blocksOf = (message: RequestMessage): ContentBlock[] =>
  typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;

/** All text of a content, joined by newlines. */
export function textOf(content: string | ContentBlock[] | undefined): string {
  if (content === undefined) return '';
  if (typeof content === 'string') return content;
  return content
    .filter(isText)
    .map((block) => block.text)
    .join('\n');
}
