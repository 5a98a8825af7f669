import { setTimeout as delay } from 'node:timers/promises';
import { type Account, type Balance, type Entry, type ModelLedgerStore } from './model-ledger.store.js';

/** How often the last entry is tried again when Redis answers with an error, and the pause before. */
const REPEATS = 3;
const REPEAT_MS = 500;

type Figures = Omit<Entry, 'requestId' | 'period'>;

/**
 * The entry of one request, booked again whenever it has grown: one call at a time, always the newest figures, so that a
 * slow Redis makes it late but never long.
 */
export class Booking {
  private wanted: Figures | undefined;
  private working: Promise<void> | undefined;
  private opening: Promise<void> | undefined;
  /** The newest figures that were sent, and why they did not get there. */
  private sent: Figures | undefined;
  private failure: unknown;
  /** When the last call began; milliseconds of `performance.now()`. */
  bookedAt = performance.now();

  constructor(
    private readonly ledger: ModelLedgerStore,
    private readonly account: Account,
    private readonly head: Pick<Entry, 'requestId' | 'period'>,
    private readonly told: (balance: Balance) => void,
  ) {}

  book(figures: Figures): void {
    this.wanted = figures;
    this.bookedAt = performance.now();
    this.working ??= this.work();
  }

  /** The same for a request that begins, which waits for it: without giving others time to grow. */
  open(figures: Figures): Promise<void> {
    this.opening = this.ledger.book(this.account, { ...this.head, ...figures }).then(this.told);
    return this.opening;
  }

  /** Everything is in the ledger. @throws what kept the last entry out of it */
  async settled(): Promise<void> {
    await this.opening?.catch(() => undefined);
    for (let left = REPEATS; ; left -= 1) {
      while (this.working) await this.working;
      if (this.failure === undefined || !this.sent) return;
      if (left === 0) throw this.failure;
      await delay(REPEAT_MS);
      this.book(this.sent);
    }
  }

  private async work(): Promise<void> {
    try {
      // One turn of the event loop: what came in one piece goes in one call.
      await new Promise(setImmediate);
      while (this.wanted) {
        this.sent = this.wanted;
        this.wanted = undefined;
        this.told(await this.ledger.book(this.account, { ...this.head, ...this.sent }));
        this.failure = undefined;
      }
    } catch (error) {
      // Figures are absolute: the next entry makes up for this one, and the last one is tried again.
      this.failure = error;
    } finally {
      this.working = undefined;
    }
  }
}
