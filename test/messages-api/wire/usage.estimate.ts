import type { MessagesRequest, Usage } from './api.types.js';

const CHARS_PER_TOKEN = 4;
/** What no cache ever holds: the few tokens behind the last cache mark. */
const UNCACHED_TOKENS = 4;

export const tokensOf = (chars: number): number => Math.max(1, Math.ceil(chars / CHARS_PER_TOKEN));

const sizeOf = (value: unknown): number => (value === undefined ? 0 : JSON.stringify(value).length);

/**
 * Input usage as prompt caching makes it: everything up to the last reply was cached by the request before this one,
 * what came since is written to the cache. It depends on the request alone.
 */
export function estimateInput(body: MessagesRequest): Usage {
  const lastReply = body.messages.findLastIndex((message) => message.role === 'assistant');
  const fixed = sizeOf(body.system) + sizeOf(body.tools);
  const before = lastReply === -1 ? 0 : fixed + sizeOf(body.messages.slice(0, lastReply + 1));
  const since = (lastReply === -1 ? fixed : 0) + sizeOf(body.messages.slice(lastReply + 1));
  return {
    input_tokens: UNCACHED_TOKENS,
    cache_creation_input_tokens: tokensOf(since),
    cache_read_input_tokens: before === 0 ? 0 : tokensOf(before),
    output_tokens: 1,
  };
}

export const addUsage = (a: Usage, b: Usage): Usage => ({
  input_tokens: a.input_tokens + b.input_tokens,
  cache_creation_input_tokens: a.cache_creation_input_tokens + b.cache_creation_input_tokens,
  cache_read_input_tokens: a.cache_read_input_tokens + b.cache_read_input_tokens,
  output_tokens: a.output_tokens + b.output_tokens,
});

export const noUsage = (): Usage => ({
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 0,
});
