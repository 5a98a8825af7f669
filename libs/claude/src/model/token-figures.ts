import { type Usage } from '../stream/index.js';

export const NO_TOKENS: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheCreationInputTokens: 0,
};
export const TOKEN_KINDS = Object.keys(NO_TOKENS) as readonly (keyof Usage)[];

export const addTokens = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cacheReadInputTokens: a.cacheReadInputTokens + b.cacheReadInputTokens,
  cacheCreationInputTokens: a.cacheCreationInputTokens + b.cacheCreationInputTokens,
});

/** What the provider declared of one answer. */
export interface DeclaredUsage {
  readonly tokens: Usage;
  /** Part of the tokens written into the cache that stays for an hour. */
  readonly cacheWrite1hTokens: number;
  readonly webSearches: number;
  /** Served in the faster mode, which has its own price. */
  readonly fast: boolean;
}

export const NOTHING_DECLARED: DeclaredUsage = {
  tokens: NO_TOKENS,
  cacheWrite1hTokens: 0,
  webSearches: 0,
  fast: false,
};

/** `usage` of the Messages API. */
export interface ApiUsage {
  readonly input_tokens?: number | null;
  readonly output_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation_input_tokens?: number | null;
  readonly cache_creation?: { readonly ephemeral_1h_input_tokens?: number | null } | null;
  readonly server_tool_use?: { readonly web_search_requests?: number | null } | null;
  readonly speed?: string | null;
}

/** No answer has so many: a figure beyond is a mistake, and neither money nor Redis could count it. */
const MAX_COUNT = 1_000_000_000;
const MAX_SEARCHES = 10_000;

const count = (value: unknown, max = MAX_COUNT): number =>
  typeof value === 'number' && value > 0 && value <= max ? Math.floor(value) : 0;

/** Figures of one answer only grow; a field that a later `usage` leaves out stays as it was. */
export function declare(known: DeclaredUsage, usage: ApiUsage): DeclaredUsage {
  const { tokens } = known;
  return {
    tokens: {
      inputTokens: Math.max(tokens.inputTokens, count(usage.input_tokens)),
      outputTokens: Math.max(tokens.outputTokens, count(usage.output_tokens)),
      cacheReadInputTokens: Math.max(tokens.cacheReadInputTokens, count(usage.cache_read_input_tokens)),
      cacheCreationInputTokens: Math.max(tokens.cacheCreationInputTokens, count(usage.cache_creation_input_tokens)),
    },
    cacheWrite1hTokens: Math.max(known.cacheWrite1hTokens, count(usage.cache_creation?.ephemeral_1h_input_tokens)),
    webSearches: Math.max(known.webSearches, count(usage.server_tool_use?.web_search_requests, MAX_SEARCHES)),
    fast: known.fast || usage.speed === 'fast',
  };
}
