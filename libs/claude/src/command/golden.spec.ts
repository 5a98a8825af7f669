import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type NewEvent } from '../stream/index.js';
import { type CliMessage } from './cli-message.types.js';
import { parseMessage } from './parse-message.js';
import { RunTranslator } from './run-translator.js';
import { NO_TOTALS } from './cli-totals.js';

const FOLDER = 'test/fixtures/golden';
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.ndjson'));

function messagesOf(name: string): CliMessage[] {
  const lines = readFileSync(join(FOLDER, name), 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const parsed = parseMessage(line);
    if (parsed.kind !== 'message') throw new Error(`${name}: ${line.slice(0, 100)}`);
    return parsed.message;
  });
}

/** Translates everything as one run; what a reader has after applying the events. */
function translate(messages: readonly CliMessage[]) {
  const events: NewEvent[] = [];
  const translator = new RunTranslator({ before: NO_TOTALS, emit: (event) => events.push(event) });
  for (const message of messages) translator.accept(message);
  return { events, translator };
}

/** docs/events.md, "The text of the answer". */
function textOf(events: readonly NewEvent[]): string {
  const deltas = new Map<number, { messageId: string; text: string }>();
  events.forEach((event, index) => {
    if (event.type === 'text.delta') deltas.set(index + 1, event.data);
    if (event.type !== 'text.replaced') return;
    const { fromSeq, throughSeq, messageId } = event.data;
    for (const [seq, delta] of deltas) {
      if (seq >= fromSeq && seq <= throughSeq && delta.messageId === messageId) deltas.delete(seq);
    }
  });
  return [...deltas.values()].map(({ text }) => text).join('');
}

/** The text of all whole messages of the main conversation that the model made. */
function wholeTextOf(messages: readonly CliMessage[]): string {
  const texts = messages.flatMap((message) => {
    if (message.type !== 'assistant' || message.parent_tool_use_id || message.error) return [];
    return message.message.content.filter((block) => block.type === 'text').map((block) => block.text ?? '');
  });
  return texts.join('');
}

describe('recorded transcripts', () => {
  it.each(NAMES)('%s: every line is understood, and the deltas say what the whole messages say', (name) => {
    const messages = messagesOf(name);
    const { events } = translate(messages);
    const unknown = messages.flatMap((message) => (message.type === 'unknown' ? [message.original['type']] : []));
    const raw = events.filter((event) => event.type === 'raw');
    expect(raw).toHaveLength(unknown.length);
    // What may be unknown is known by name: a new kind must be looked at.
    for (const type of unknown) expect(['__cut_by_harness']).toContain(type);
    if (unknown.includes('__cut_by_harness')) return;
    const [text, whole] = [textOf(events), wholeTextOf(messages)];
    if (CUT_SHORT.has(name)) expect(text.startsWith(whole)).toBe(true);
    else expect(text).toBe(whole);
  });

  it('a broken stream voids its deltas and only those', () => {
    const { events } = translate(messagesOf('21-err-cut-mid-stream-x1.ndjson'));
    const replaced = events.filter((event) => event.type === 'text.replaced');
    expect(replaced).toHaveLength(1);
    const [{ data }] = replaced as unknown as [{ data: { fromSeq: number; throughSeq: number } }];
    const voided = events.slice(data.fromSeq - 1, data.throughSeq).filter((event) => event.type === 'text.delta');
    expect(voided.length).toBeGreaterThan(0);
    expect(textOf(events)).toBe('recovered');
  });

  it('usage and cost of a run are the difference of the totals', () => {
    const messages = messagesOf('01-basic-two-turns.ndjson');
    const border = messages.findIndex((message) => message.type === 'result') + 1;
    const first = translate(messages.slice(0, border)).translator.usage;
    expect([first.usage.outputTokens, first.costUsd]).toEqual([5, '0.000175']);
    const all = translate(messages).translator.usage;
    expect([all.usage.outputTokens, all.costUsd]).toEqual([10, '0.00035']);
  });

  it('retries are visible with their number', () => {
    const { events, translator } = translate(messagesOf('20-err-500-max-retries-2.ndjson'));
    const retries = events.flatMap((event) =>
      event.type === 'run.progress' && event.data.activity === 'api_retry' ? [event.data] : [],
    );
    expect(retries.map(({ attempt, maxRetries, status }) => [attempt, maxRetries, status])).toEqual([
      [1, 2, 500],
      [2, 2, 500],
    ]);
    expect(translator.assistantError).toBe('server_error');
  });

  it('a tool call opens and closes, with its parent where a subagent made it', () => {
    const { events } = translate(messagesOf('09a-subagent-foreground.ndjson'));
    const started = events.flatMap((event) => (event.type === 'tool.started' ? [event.data] : []));
    const finished = new Set(events.flatMap((event) => (event.type === 'tool.finished' ? [event.data.toolUseId] : [])));
    const agent = started.find(({ name }) => name === 'Agent');
    expect(agent?.parentToolUseId).toBeNull();
    expect(started.some(({ parentToolUseId }) => parentToolUseId === agent?.toolUseId)).toBe(true);
    for (const { toolUseId } of started) expect(finished).toContain(toolUseId);
  });
});

/** The process, or the last try, ended while it streamed: the last deltas have no whole message, and stay. */
const CUT_SHORT = new Set([
  '05f-sigint-mid-text.ndjson',
  '05j-stdin-eof-mid-text.ndjson',
  '16b-interrupt-hang-mid-stream.ndjson',
  '22-err-cut-forever-defaults.ndjson',
  '22-err-cut-forever-nofallback-r1.ndjson',
  '22-err-cut-forever-r1.ndjson',
  '22-err-hang-mid-byte-idle-4s.ndjson',
  '22-err-hang-mid-idle-4s-watchdog.ndjson',
  '22-err-hang-mid-idle-4s.ndjson',
  '22-err-malformed-x1-nofallback.ndjson',
]);
