import { setTimeout as delay } from 'node:timers/promises';
import { ServerProcess } from '../support/server.process.js';

const AGAIN_MS = 500;

/** One server of a deployment that may be killed, stopped for a while, and always comes back. */
export class Member {
  private server: ServerProcess | null = null;
  private readonly lives: ServerProcess[] = [];
  /** When and for how long nothing could be heard from it: milliseconds since the epoch. */
  readonly absences: { readonly from: number; to: number; readonly killed: boolean }[] = [];
  private isFrozen = false;

  private constructor(
    readonly name: string,
    private readonly launch: () => Promise<ServerProcess>,
  ) {}

  static async start(name: string, launch: () => Promise<ServerProcess>): Promise<Member> {
    const member = new Member(name, launch);
    member.begin(await launch());
    return member;
  }

  /** Whether it runs now, and may be struck. */
  get isUp(): boolean {
    return this.server !== null && !this.isFrozen;
  }

  /** What it printed, in all its lives. */
  get output(): string {
    return this.lives.map((life) => life.output()).join('\n==== another life ====\n');
  }

  /** Ends it by force or in order; then another process takes its place, as soon as it can be started. */
  async replace(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const victim = this.server;
    if (!victim) return;
    this.server = null;
    const absence = { from: Date.now(), to: Infinity, killed: signal === 'SIGKILL' };
    this.absences.push(absence);
    await victim.stop(signal);
    while (this.server === null) {
      // While Redis is away none starts.
      const next = await this.launch().catch(() => null);
      if (next) this.begin(next);
      else await delay(AGAIN_MS);
    }
    absence.to = Date.now();
  }

  private begin(server: ServerProcess): void {
    this.server = server;
    this.lives.push(server);
  }

  async freeze(forMs: number): Promise<void> {
    const victim = this.server;
    if (!victim) return;
    this.isFrozen = true;
    const absence = { from: Date.now(), to: Infinity, killed: false };
    this.absences.push(absence);
    victim.signal('SIGSTOP');
    await delay(forMs);
    victim.signal('SIGCONT');
    absence.to = Date.now();
    this.isFrozen = false;
  }

  /** In order. @returns the exit code */
  async stop(): Promise<number | null> {
    return this.server ? this.server.stop() : null;
  }
}
