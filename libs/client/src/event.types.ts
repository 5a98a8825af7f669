import { type HumanEventDataMap } from './generated/human-events.generated.js';
import { type ReaderEventDataMap } from './generated/reader-events.generated.js';
import { type RunEventDataMap } from './generated/run-events.generated.js';
import { TERMINAL_TYPES } from './generated/terminal-types.generated.js';
import { type TextEventDataMap } from './generated/text-events.generated.js';
import { type ToolEventDataMap } from './generated/tool-events.generated.js';

/** Data of an event of a run, by its type. */
export interface EventDataMap extends RunEventDataMap, TextEventDataMap, ToolEventDataMap, HumanEventDataMap {}

export type EventType = keyof EventDataMap;
export type ReaderEventType = keyof ReaderEventDataMap;
export type TerminalType = (typeof TERMINAL_TYPES)[number];

interface FrameOf<T extends EventType> {
  readonly fromSeq: number;
  readonly seq: number;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly runId: string;
  readonly sessionId: string;
  readonly type: T;
  readonly data: EventDataMap[T];
}

/**
 * One or several adjacent events; `fromSeq` is the previous frame's `seq` + 1. Told apart by `type`; a newer server may
 * send types that are not listed here: pass them over.
 */
export type Frame<T extends EventType = EventType> = { readonly [K in T]: FrameOf<K> }[T];

interface ReaderEventOf<T extends ReaderEventType> {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Null where it is about more than one run. */
  readonly runId: string | null;
  readonly sessionId: string | null;
  readonly type: T;
  readonly data: ReaderEventDataMap[T];
}

/** An event that belongs to this reader and not to the log: it has no seq. */
export type ReaderEvent<T extends ReaderEventType = ReaderEventType> = { readonly [K in T]: ReaderEventOf<K> }[T];

/** What following a run gives. */
export type RunItem = Frame | ReaderEvent;

/** What a stream of several runs gives: the same, and the position in that stream to come back with. */
export type PlacedItem = RunItem & { readonly position: string };

export const isFrame = <Item extends RunItem>(item: Item): item is Extract<Item, { readonly seq: number }> =>
  'seq' in item;

export const isTerminal = (item: RunItem): item is Frame<TerminalType> =>
  (TERMINAL_TYPES as readonly string[]).includes(item.type);
