import { randomBytes } from 'node:crypto';
import { type Serving } from './serving.js';
import { type ServingOrder } from './serving.types.js';

/**
 * The way of one agent process to the model. Its token belongs to the process for all its life; which run it works for
 * is said by `assign`. While it serves none, nothing passes.
 */
export class ModelDoor {
  /** What the process shows; worth nothing without this worker, and nothing after the process. */
  readonly token: string = `stwm_${randomBytes(24).toString('base64url')}`;
  private current: Serving | null = null;
  private ending: Promise<void> = Promise.resolve();
  private closed = false;
  private rehearsing = false;

  constructor(
    /** What the process needs in its environment. */
    private readonly variables: (token: string) => Readonly<Record<string, string>>,
    private readonly open: (order: ServingOrder) => Promise<Serving>,
    private readonly onClose: (door: ModelDoor) => void,
    /** Whether what passes is seen; else the CLI's own figures are all there are. */
    readonly isMetered: boolean,
  ) {}

  get environment(): Readonly<Record<string, string>> {
    return this.variables(this.token);
  }

  get serving(): Serving | null {
    return this.current;
  }

  /** Whether the process waits for the model now, as far as it is seen. */
  get isWaiting(): boolean {
    return this.current?.isWaiting ?? false;
  }

  /** Whether what the process counts now is answered here, and nobody is asked. */
  get isRehearsing(): boolean {
    return this.rehearsing;
  }

  /** While this work lasts the process makes itself ready for its first run. Nothing is done where the way does not lead through here. */
  async rehearse(work: () => Promise<unknown>): Promise<void> {
    if (!this.isMetered) return;
    this.rehearsing = true;
    try {
      await work();
    } finally {
      this.rehearsing = false;
    }
  }

  /** From now on the process works for this run. What an earlier one left under way is broken off. */
  async assign(order: ServingOrder): Promise<void> {
    await this.unassign();
    if (!this.closed) this.current = await this.open(order);
  }

  /** The process works for nobody; resolves when all that its run has used is in the ledger. Repeatable. */
  async unassign(): Promise<void> {
    const serving = this.current;
    this.current = null;
    // The end of the process may have begun it already: who comes second waits as well.
    if (!serving) return this.ending;
    const ended = serving.end();
    this.ending = ended.catch(() => undefined);
    await ended;
  }

  /** The process is gone: its token is unknown from now on. */
  async close(): Promise<void> {
    this.closed = true;
    this.onClose(this);
    await this.unassign();
  }
}
