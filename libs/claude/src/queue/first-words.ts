import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LogWriter } from '../stream/index.js';
import { within } from '../wrapper/index.js';

/** A slow Redis makes the first words late, and does not keep what follows from being read. */
const HOLD_MS = 50;

/**
 * The first words of an answer, for which somebody waits: they go to the log at once, and what the CLI said after them is
 * looked at when they are on their way to the readers. A short answer ends with them, and its end is more work than they are.
 */
export class FirstWords {
  private areSaid = false;
  private hold: Promise<void> | null = null;

  constructor(
    private readonly writer: Pick<LogWriter, 'hurry'>,
    private readonly told: () => void,
  ) {}

  /** Words are in the writer. */
  said(): void {
    if (this.areSaid) return;
    this.areSaid = true;
    this.told();
    this.hold = this.goOut();
  }

  /** What the reading of stdout has to wait for, once. */
  takeHold(): Promise<void> | null {
    const { hold } = this;
    this.hold = null;
    return hold;
  }

  private async goOut(): Promise<void> {
    await within(HOLD_MS, this.writer.hurry());
    // The readers' turn: they hear of it on another connection.
    await nextTurn();
  }
}
