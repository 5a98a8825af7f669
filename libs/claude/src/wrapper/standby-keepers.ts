import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Writable } from 'node:stream';
import { within } from './within.js';

/** A session's id, and what else may follow the folder in a mark. */
const ROOM_FOR_ID = 80;
const CLOSE_WAIT_MS = 2000;
/** A CLI that is ready has its first prompt next, which takes it less time than this. */
const REFILL_MS = 500;

export interface StandbyOptions {
  /** How many wait. */
  readonly count: number;
  /** Every mark begins with it. */
  readonly markPrefix: string;
  /** Interpreter and path of the supervisor. @throws when there is none */
  readonly supervisor: () => Promise<readonly string[]>;
}

/** What a supervisor that waits is told: all that another one has from its command line. */
export interface KeeperOrder {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

/**
 * Supervisors that were started before it was known what for. The start of an interpreter takes longer than all that
 * a supervisor does before the CLI runs, and is no part of a run's time so. They end with this process, whatever ends it.
 */
export class StandbyKeepers {
  private readonly waiting = new Set<ChildProcess>();
  private closed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: StandbyOptions) {}

  get count(): number {
    return this.waiting.size;
  }

  /** One that waits, which is the caller's from now on; null when there is none. */
  take(): ChildProcess | null {
    for (const child of this.waiting) {
      this.waiting.delete(child);
      child.removeAllListeners();
      if (isThere(child)) return child;
    }
    return null;
  }

  /** Starts as many as are missing. Never throws: without them a start takes longer. */
  async fill(): Promise<void> {
    const command = await this.options.supervisor().catch(() => null);
    if (command === null) return;
    while (!this.closed && this.waiting.size < this.options.count) this.start(command);
  }

  /** The same in a while: the start of an interpreter would take its time from the CLI that was started just now. */
  fillSoon(): void {
    if (this.closed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.fill();
    }, REFILL_MS);
  }

  /** Ends them; resolves when they are gone. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    const all = [...this.waiting];
    this.waiting.clear();
    const gone = all.map(async (child) => {
      const ended = isThere(child) ? once(child, 'exit') : null;
      for (const stream of child.stdio) stream?.destroy();
      await ended;
    });
    if (await within(CLOSE_WAIT_MS, Promise.all(gone))) return;
    for (const child of all) child.kill('SIGKILL');
  }

  private start([program, ...words]: readonly string[]): void {
    const own = ['--await', '--owner-pid', String(process.pid), '--'];
    const room = 'x'.repeat(Buffer.byteLength(this.options.markPrefix) + ROOM_FOR_ID);
    const child = spawn(program!, [...words, ...own], {
      cwd: '/',
      env: { STEWARD_ROOM: room },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const drop = () => this.waiting.delete(child);
    child.once('error', drop);
    child.once('exit', drop);
    for (const stream of child.stdio) stream?.on('error', () => undefined);
    this.waiting.add(child);
  }
}

const isThere = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** The order as one frame of the control channel (docs/protocol.md). */
export function tellKeeper(keeper: ChildProcess, order: KeeperOrder): void {
  // What is no Unicode could not be told by a command line either.
  const data = Buffer.from(JSON.stringify(order, (_key, value: unknown) => wellFormed(value)));
  const channel = keeper.stdio[3] as Writable;
  channel.write(data.length.toString(16).padStart(8, '0'));
  channel.write(data);
}

const wellFormed = (value: unknown): unknown => (typeof value === 'string' ? Buffer.from(value).toString() : value);
