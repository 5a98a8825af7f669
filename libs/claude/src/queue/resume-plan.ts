import { type TranscriptEntry } from '../session/index.js';
import { type LoggedTool, type LogSurvey, type NewEvent, type RunResult } from '../stream/index.js';

/** Where an attempt goes on that is not the first. */
export interface ResumePlan {
  /** First seq of the text that the conversation does not have; null: it has all of it. */
  readonly voidFrom: number | null;
  /** What the conversation has and the log does not. */
  readonly missing: readonly NewEvent[];
  readonly unknown: readonly LoggedTool[];
  readonly forgotten: readonly LoggedTool[];
  /** Whether the conversation has the prompt. */
  readonly hasPrompt: boolean;
  /** The answer, where the model had given it and only the word of it was lost; null otherwise. */
  readonly finished: RunResult | null;
}

/** A message of the model in the main conversation. */
interface Said {
  readonly messageId: string;
  text: string;
  readonly fromSeq: number;
}

const FINAL_STOPS: ReadonlySet<string> = new Set(['end_turn', 'stop_sequence']);
const OUTPUT_CHARACTERS = 10_000;

/** What people have to do with the calls of a run. */
export interface Decisions {
  /** Calls that have not acted, whatever became of their attempt: nobody had allowed them when it ended. */
  readonly idle: ReadonlySet<string>;
  /** Whether the model has to hear of any. */
  readonly areNew: boolean;
}

const NONE: Decisions = { idle: new Set(), areNew: false };

/**
 * Compares what readers have with what the model will know. The conversation decides what was said, the log what was
 * done: a tool call is in the log before it may act.
 *
 * @param tail what the conversation has behind the prompt; null where it does not have the prompt
 */
export function planResume(
  { pieces, tools }: Pick<LogSurvey, 'pieces' | 'tools'>,
  tail: readonly TranscriptEntry[] | null,
  { idle, areNew }: Decisions = NONE,
): ResumePlan {
  const known = saidIn(tail ?? []);
  const shown: Said[] = [];
  for (const { type, messageId, text, fromSeq } of pieces) {
    const last = shown.at(-1);
    const said = type === 'text.delta' ? text : '';
    if (last?.messageId === messageId) last.text += said;
    else shown.push({ messageId, text: said, fromSeq });
  }
  let same = 0;
  while (same < shown.length && isSame(shown[same]!, known)) same += 1;
  const kept = new Set(shown.slice(0, same).map(({ messageId }) => messageId));
  const results = resultsIn(tail ?? []);
  const open = tools.filter(({ toolUseId }) => !idle.has(toolUseId) && !hasHeard(tail, toolUseId));
  const unknown = open.filter(({ outcome }) => outcome === null);
  return {
    voidFrom: shown[same]?.fromSeq ?? null,
    missing: [
      ...[...known].flatMap(([messageId, text]): NewEvent[] =>
        kept.has(messageId) || text === '' ? [] : [{ type: 'text.delta', data: { text, messageId, block: 0 } }],
      ),
      ...tools.flatMap((tool) => finishedOf(tool, results.get(tool.toolUseId))),
    ],
    unknown,
    forgotten: open.filter(({ outcome }) => outcome !== null),
    hasPrompt: tail !== null,
    finished: unknown.length === 0 && !areNew ? answerIn(tail ?? []) : null,
  };
}

/** Whether the conversation knows what became of a call: by its result, or because it was told. */
export function hasHeard(tail: readonly TranscriptEntry[] | null, toolUseId: string): boolean {
  return (tail ?? []).some(
    ({ role, content }) =>
      role === 'user' &&
      content.some((block) => block['tool_use_id'] === toolUseId || textOf(block).includes(toolUseId)),
  );
}

/** Text of each message of the model, in order. */
function saidIn(tail: readonly TranscriptEntry[]): Map<string, string> {
  const said = new Map<string, string>();
  for (const { role, synthetic, messageId, content } of tail) {
    if (role !== 'assistant' || synthetic || messageId === null) continue;
    said.set(messageId, (said.get(messageId) ?? '') + content.map(textOf).join(''));
  }
  return said;
}

const isSame = ({ messageId, text }: Said, known: ReadonlyMap<string, string>): boolean =>
  known.get(messageId) === text;

function resultsIn(tail: readonly TranscriptEntry[]): Map<string, { isError: boolean; output: string }> {
  const found = new Map<string, { isError: boolean; output: string }>();
  for (const { content } of tail) {
    for (const block of content) {
      if (block['type'] !== 'tool_result' || typeof block['tool_use_id'] !== 'string') continue;
      const output = outputOf(block['content']).slice(0, OUTPUT_CHARACTERS);
      found.set(block['tool_use_id'], { isError: block['is_error'] === true, output });
    }
  }
  return found;
}

function finishedOf(tool: LoggedTool, known: { isError: boolean; output: string } | undefined): NewEvent[] {
  if (!known || tool.outcome) return [];
  const { toolUseId, name, parentToolUseId } = tool;
  return [{ type: 'tool.finished', data: { toolUseId, name, ...known, durationMs: null, parentToolUseId } }];
}

/** The last thing that the model said, where nothing was to follow it. */
function answerIn(tail: readonly TranscriptEntry[]): RunResult | null {
  const last = tail.at(-1);
  if (last?.role !== 'assistant' || last.synthetic || !FINAL_STOPS.has(last.stopReason ?? '')) return null;
  if (last.content.some((block) => block['type'] === 'tool_use')) return null;
  const text = last.content.map(textOf).join('');
  return { text, structured: null, stopReason: last.stopReason, numTurns: 1 + resultsIn(tail).size };
}

const textOf = (block: Readonly<Record<string, unknown>>): string =>
  block['type'] === 'text' && typeof block['text'] === 'string' ? block['text'] : '';

const outputOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : Array.isArray(content)
      ? content.map((block) => textOf(block as Record<string, unknown>)).join('\n')
      : '';
