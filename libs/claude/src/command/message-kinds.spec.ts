import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kindOf, MESSAGE_KINDS, SYSTEM_KINDS } from './message-kinds.js';
import { parseMessage } from './parse-message.js';
import { RunTranslator } from './run-translator.js';

const FOLDER = 'test/fixtures/golden';
const KNOWN = {
  ...MESSAGE_KINDS,
  ...Object.fromEntries(Object.entries(SYSTEM_KINDS).map(([k, v]) => [`system/${k}`, v])),
};

function recordedKinds(): Set<string> {
  const lines = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => readFileSync(join(FOLDER, name), 'utf8').split('\n').filter(Boolean));
  const parsed = lines.map((line) => parseMessage(line));
  return new Set(parsed.flatMap((one) => (one.kind === 'message' ? [kindOf(one.message)] : [])));
}

describe('the kinds of messages', () => {
  it('that the table calls recorded are those that the recordings have', () => {
    const marked = Object.entries(KNOWN).flatMap(([kind, { source }]) => (source === 'recorded' ? [kind] : []));
    const recorded = [...recordedKinds()].filter((kind) => kind !== 'unknown');
    expect(recorded.toSorted()).toEqual(marked.toSorted());
  });

  it('have a label with few values, whatever a CLI prints', () => {
    const labels = ['a', 'b', 'constructor'].flatMap((name) => [
      kindOf({ type: 'system', subtype: name }),
      kindOf({ type: 'unknown', original: { type: name } }),
    ]);
    expect(new Set(labels)).toEqual(new Set(['system/unknown', 'unknown']));
  });

  it.each(Object.keys(KNOWN))('%s is understood without any field but the required ones', (kind) => {
    const [type, subtype] = kind.split('/');
    const required = {
      type,
      ...(subtype ? { subtype } : {}),
      ...REQUIRED[type!],
    };
    const parsed = parseMessage(JSON.stringify(required));
    if (parsed.kind !== 'message') throw new Error(`${kind} is ${parsed.kind}`);
    const events: string[] = [];
    const translator = new RunTranslator({
      before: { models: {}, costUsd: 0 },
      emit: (event) => events.push(event.type),
    });
    translator.accept(parsed.message);
    expect(events).not.toContain('raw');
  });
});

const REQUIRED: Record<string, object> = {
  assistant: { message: { content: [] } },
  user: { message: { content: 'x' } },
  stream_event: { event: { type: 'ping' } },
  result: { subtype: 'success', is_error: false },
  control_request: { request: { subtype: 'x' } },
  control_response: { response: {} },
  control_cancel_request: { request_id: 'x' },
  rate_limit_event: { rate_limit_info: {} },
  tool_progress: { tool_name: 'Bash' },
  tool_use_summary: { summary: 'x' },
};
