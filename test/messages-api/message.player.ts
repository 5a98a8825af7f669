import type { Usage } from './api.types.js';
import type { Exchange } from './exchange.types.js';
import { rest } from './pace.timer.js';
import { apiHeaders, sendJson } from './response.headers.js';
import type { Reply, ReplyBlock, Step } from './step.types.js';
import { newId, stopReasonOf } from './stream.player.js';
import { estimateInput, tokensOf } from './usage.estimate.js';

/** Answers with one whole message, as the CLI asks for it after a broken stream. Takes as long as streaming it would. */
export async function playMessage(exchange: Exchange, step: Step, reply: Reply): Promise<void> {
  const made = reply.blocks.map(whole);
  await rest(
    made.reduce((sum, block) => sum + block.ms, 0),
    exchange.signal,
  );
  const chars = made.reduce((sum, block) => sum + block.chars, 0);
  const usage: Usage = { ...estimateInput(exchange.body), output_tokens: tokensOf(chars), ...step.usage };
  exchange.entry.status = 200;
  sendJson(
    exchange.response,
    200,
    {
      id: newId('msg'),
      type: 'message',
      role: 'assistant',
      model: exchange.body.model,
      content: made.map((block) => block.content),
      stop_reason: stopReasonOf(reply),
      stop_sequence: null,
      ...(reply.stopDetails === undefined ? {} : { stop_details: reply.stopDetails }),
      usage,
    },
    { ...apiHeaders(exchange.requestId), ...step.headers },
  );
  exchange.declare(usage);
}

function whole(block: ReplyBlock): { content: Record<string, unknown>; chars: number; ms: number } {
  if (block.type === 'tool_use') {
    const chars = JSON.stringify(block.input).length;
    return { content: { type: 'tool_use', id: newId('toolu'), name: block.name, input: block.input }, chars, ms: 0 };
  }
  const chunks = [...block.chunks()];
  const value = chunks.join('');
  const content =
    block.type === 'text'
      ? { type: 'text', text: value }
      : { type: 'thinking', thinking: value, signature: 'c2NyaXB0ZWQ=' };
  return { content, chars: value.length, ms: chunks.length * block.delayMs };
}
