import { type Account, type Balance, type Entry, type ModelLedgerStore } from './model-ledger.store.js';

type Figures = Omit<Entry, 'requestId' | 'period'>;

/**
 * The entry of one request, booked again whenever it has grown: one call at a time, always the newest figures, so that a
 * slow Redis makes it late but never long.
 */
export class Booking {
  private wanted: Figures | undefined;
  private working: Promise<void> | undefined;
  private opening: Promise<void> | undefined;
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

  /** Everything is in the ledger. */
  async settled(): Promise<void> {
    await this.opening;
    while (this.working) await this.working;
  }

  private async work(): Promise<void> {
    try {
      // One turn of the event loop: what came in one piece goes in one call.
      await new Promise(setImmediate);
      while (this.wanted) {
        const figures = this.wanted;
        this.wanted = undefined;
        this.told(await this.ledger.book(this.account, { ...this.head, ...figures }));
      }
    } finally {
      this.working = undefined;
    }
  }
}
