import type { Reply, StepFrame } from '../script/step.types.js';
import type { Usage } from './api.types.js';
import { endingOf, newId, wholeBlock } from './block.encoder.js';
import type { Exchange } from './exchange.types.js';
import { rest } from './pace.timer.js';
import { apiHeaders, sendJson } from './response.headers.js';
import { estimateInput, tokensOf } from './usage.estimate.js';

/** Answers with one whole message, as the CLI asks for it after a broken stream. Takes as long as streaming would. */
export async function playMessage(exchange: Exchange, frame: StepFrame, reply: Reply): Promise<void> {
  const content: Record<string, unknown>[] = [];
  let [chars, ms] = [0, 0];
  for (const block of reply.blocks) {
    if (block.type === 'pause') {
      ms += block.delayMs;
      continue;
    }
    const made = wholeBlock(block);
    content.push(made.content);
    chars += made.chars;
    ms += made.ms;
  }
  await rest(ms, exchange.signal);
  const { body, requestId, response, entry } = exchange;
  const usage: Usage = { ...estimateInput(body), output_tokens: tokensOf(chars), ...frame.usage };
  const message = { id: newId('msg'), type: 'message', role: 'assistant', model: body.model, content };
  entry.status = 200;
  sendJson(response, 200, { ...message, ...endingOf(reply), usage }, { ...apiHeaders(requestId), ...frame.headers });
  exchange.declare(usage);
}
