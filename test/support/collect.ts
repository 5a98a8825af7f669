import { type ReaderEvent } from '@steward/client';

const isReaderEvent = (one: unknown): one is ReaderEvent =>
  typeof one === 'object' && one !== null && 'type' in one && String(one.type).startsWith('stream.');

/** Everything that an iteration gives, in its order. */
export async function collectAll<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

/** The same without what belongs to the reader: for a run's events as they are in its log. */
export async function collect<T>(source: AsyncIterable<T>): Promise<Exclude<T, ReaderEvent>[]> {
  const all = await collectAll(source);
  return all.filter((one): one is Exclude<T, ReaderEvent> => !isReaderEvent(one));
}
