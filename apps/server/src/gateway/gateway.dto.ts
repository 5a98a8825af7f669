import { ClaudeError } from '@steward/claude';
import { rule } from '../http/dto/field.js';
import { FlagField, TextField } from '../http/dto/fields.js';
import { DELTAS, FEED_PLACE, SESSION_PLACE, TYPES, TypesField } from '../http/dto/stream.dto.js';

export class RunIdDto {
  @TextField({ required: true, max: 64, about: 'Id of the run.' })
  id!: string;
}

/** What is followed: exactly one of the three. */
export class StreamNameDto {
  @TextField({ max: 64, about: 'Id of a run.' })
  id?: string;

  @TextField({ max: 64, about: 'Id of a session: its runs, one after the other.' })
  sessionId?: string;

  @FlagField({ about: 'All of one’s own runs, without deltas.' })
  feed?: boolean;
}

export class SubscribeDto extends StreamNameDto {
  @rule('isPlace', 'must be a position of this stream', (value) => value === undefined || isPlace(value))
  after?: number | string;

  @TypesField({ about: TYPES })
  types?: string[];

  @FlagField({ about: DELTAS })
  deltas?: boolean;
}

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isPlace = (value: unknown): boolean =>
  isSeq(value) || (typeof value === 'string' && (SESSION_PLACE.test(value) || FEED_PLACE.test(value)));

export type StreamName =
  | { readonly kind: 'run'; readonly id: string }
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'feed' };

/** @throws ClaudeError `request.invalid` unless exactly one stream is named */
export function streamNameOf({ id, sessionId, feed }: StreamNameDto): StreamName {
  const named: StreamName[] = [];
  if (id !== undefined) named.push({ kind: 'run', id });
  if (sessionId !== undefined) named.push({ kind: 'session', id: sessionId });
  if (feed === true) named.push({ kind: 'feed' });
  if (named.length === 1) return named[0]!;
  throw ClaudeError.invalid([{ field: 'id', reason: 'exactly one of id, sessionId and feed: true is needed' }]);
}

/** @throws ClaudeError `request.invalid` when the position is one of another kind of stream */
export function seqOf(after: number | string | undefined): number {
  if (after === undefined) return 0;
  if (isSeq(after)) return after;
  throw ClaudeError.invalid([{ field: 'after', reason: 'must be the seq of an event, a whole number' }]);
}

/** The same for the wider streams, whose positions are texts. */
export function placeOf(after: number | string | undefined, pattern: RegExp): string {
  if (after === undefined || after === 0) return '0';
  if (typeof after === 'string' && pattern.test(after)) return after;
  throw ClaudeError.invalid([{ field: 'after', reason: 'must be a position of this stream, 0 or end' }]);
}
