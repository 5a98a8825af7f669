import { type Received } from '../follow/source.types.js';

/** Characters of text and events that wait for their reader before it is taken off the socket for a while. */
const MAX_CHARACTERS = 4_000_000;
const MAX_ITEMS = 4000;
/** What an event counts for besides its text. */
const EVENT_CHARACTERS = 200;

/** What a socket pushed and its reader has not taken yet, in bounds. */
export class Inbox {
  private items: Received[] = [];
  private characters = 0;
  private ended: Error | 'left' | undefined;
  private wake: () => void = () => undefined;

  /** @returns false when there is no room for more; nothing is taken from then on */
  push(received: Received): boolean {
    if (this.ended !== undefined) return false;
    this.items.push(received);
    const { data } = received.item as { readonly data: { readonly text?: unknown } };
    this.characters += EVENT_CHARACTERS + (typeof data.text === 'string' ? data.text.length : 0);
    if (this.characters > MAX_CHARACTERS || this.items.length > MAX_ITEMS) this.ended = 'left';
    this.wake();
    return this.ended === undefined;
  }

  /** Takes nothing more; what came so far is still given. */
  leave(): void {
    this.ended ??= 'left';
    this.wake();
  }

  /** What came so far is still given, then this is thrown. */
  fail(error: Error): void {
    this.ended ??= error;
    this.wake();
  }

  /** @returns when it was left, or full, and is empty */
  async *[Symbol.asyncIterator](): AsyncGenerator<Received, void> {
    for (;;) {
      const batch = this.items;
      this.items = [];
      yield* batch;
      if (this.items.length > 0) continue;
      if (this.ended === 'left') return;
      if (this.ended) throw this.ended;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
