import { describe, expect, it } from 'vitest';
import { type TranscriptEntry } from '../session/index.js';
import { type LoggedTool, type TextPiece } from '../stream/index.js';
import { resumeNote } from './resume-note.js';
import { hasHeard, planResume } from './resume-plan.js';

const piece = (messageId: string, text: string, fromSeq: number): TextPiece => ({
  type: 'text.delta',
  messageId,
  block: 0,
  fromSeq,
  throughSeq: fromSeq + 1,
  text,
});
const tool = (toolUseId: string, output: string | null = null): LoggedTool => ({
  toolUseId,
  name: 'Bash',
  input: { command: `do ${toolUseId}` },
  parentToolUseId: null,
  outcome: output === null ? null : { isError: false, output },
});
const entry = (role: 'user' | 'assistant', more: Partial<TranscriptEntry>): TranscriptEntry => ({
  role,
  messageId: null,
  stopReason: null,
  synthetic: false,
  content: [],
  ...more,
});
const says = (messageId: string, text: string, stopReason: string | null = 'tool_use') =>
  entry('assistant', { messageId, stopReason, content: [{ type: 'text', text }] });
const result = (id: string, content: string) =>
  entry('user', { content: [{ type: 'tool_result', tool_use_id: id, content }] });

describe('where an attempt goes on', () => {
  it('with nothing in the conversation and no tool: anew, and what was said is void', () => {
    const plan = planResume({ pieces: [piece('m', 'half', 3)], tools: [] }, null);
    expect(plan).toMatchObject({ voidFrom: 3, hasPrompt: false, unknown: [], missing: [], finished: null });
  });

  it('keeps the messages that the conversation has whole, and voids from the first that it has not', () => {
    const pieces = [piece('a', 'whole', 3), piece('b', 'ha', 9), piece('b', 'lf', 12)];
    const plan = planResume({ pieces, tools: [tool('t', 'out')] }, [says('a', 'whole'), result('t', 'out')]);
    expect(plan).toMatchObject({ voidFrom: 9, missing: [], unknown: [], forgotten: [] });
  });

  it('tells readers what only the conversation has: the rest of a message, an outcome', () => {
    const plan = planResume({ pieces: [piece('a', 'wh', 3)], tools: [tool('t')] }, [
      says('a', 'whole'),
      result('t', 'out'),
      says('b', 'more'),
    ]);
    expect(plan.voidFrom).toBe(3);
    expect(plan.missing).toMatchObject([
      { type: 'text.delta', data: { messageId: 'a', text: 'whole' } },
      { type: 'text.delta', data: { messageId: 'b', text: 'more' } },
      { type: 'tool.finished', data: { toolUseId: 't', output: 'out', isError: false } },
    ]);
  });

  it('tells the model of calls that it does not know the outcome of, and of those that nobody knows, once', () => {
    const tools = [tool('known', 'a'), tool('lost', 'b'), tool('open'), tool('told')];
    const tail = [result('known', 'a'), entry('user', { content: [{ type: 'text', text: 'earlier note (told)' }] })];
    const plan = planResume({ pieces: [], tools }, tail);
    expect(plan.forgotten.map(({ toolUseId }) => toolUseId)).toEqual(['lost']);
    expect(plan.unknown.map(({ toolUseId }) => toolUseId)).toEqual(['open']);
    const note = resumeNote({ reason: 'worker.lost', ...plan });
    expect(note).toContain('Bash {"command":"do open"} (open)');
    expect(note).toContain('Bash {"command":"do lost"} (lost): done\nb');
    expect(note).not.toContain('do known');
  });

  it.each<[string, TranscriptEntry[], string | null]>([
    ['the answer was given', [says('a', 'the end', 'end_turn')], 'the end'],
    ['a tool was asked for', [says('a', 'the end', 'tool_use')], null],
    ['the model refused', [says('a', 'the end', 'refusal')], null],
    ['it is the CLI’s own word', [{ ...says('a', 'API Error', 'stop_sequence'), synthetic: true }], null],
    ['something followed', [says('a', 'the end', 'end_turn'), result('t', 'x')], null],
    ['nothing was said', [], null],
  ])('%s', (_name, tail, text) => {
    expect(planResume({ pieces: [], tools: [] }, tail).finished?.text ?? null).toBe(text);
  });

  it('a call that nobody had allowed is not unknown, in whichever attempt it was asked about', () => {
    const tools = [tool('refused'), tool('parked'), tool('acted')];
    const decisions = { idle: new Set(['refused', 'parked']), areNew: false };
    const plan = planResume({ pieces: [], tools }, [says('a', 'more')], decisions);
    expect(plan.unknown.map(({ toolUseId }) => toolUseId)).toEqual(['acted']);
  });

  it('the conversation has heard of a decision by its result or by a note, and not by the call', () => {
    const call = entry('assistant', { content: [{ type: 'tool_use', id: 'c', name: 'Bash' }] });
    const note = entry('user', { content: [{ type: 'text', text: '- Bash {} (d) was refused: no' }] });
    expect([hasHeard(null, 'c'), hasHeard([call], 'c')]).toEqual([false, false]);
    expect([hasHeard([call, result('c', 'x')], 'c'), hasHeard([note], 'd')]).toEqual([true, true]);
  });

  it('an answer is not the end while the outcome of a call is open', () => {
    expect(planResume({ pieces: [], tools: [tool('t')] }, [says('a', 'end', 'end_turn')]).finished).toBeNull();
  });
});
