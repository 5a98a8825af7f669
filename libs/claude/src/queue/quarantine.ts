import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { type Deferred, deferred } from '../stream/index.js';
import { within } from '../wrapper/index.js';

type Leave = () => void;

/**
 * Keeps runs that have lost a worker away from the others of this one: such a run begins when nothing else runs here,
 * and nothing else begins while it is on probation. Both are bounded, so that the death of a worker by chance does not
 * make all that it carried wait for each other for long.
 */
@Injectable()
export class Quarantine {
  /** Those that wait for their probation, and the one that is on it. */
  private suspects = 0;
  private line: Promise<void> = Promise.resolve();
  private running = 0;
  private idle: Deferred | undefined;

  constructor(private readonly config: ClaudeConfigService) {}

  /** Whether nothing else may begin here now. */
  get isClosed(): boolean {
    return this.suspects > 0;
  }

  /** Something begins at once. @returns what has to be called when it has ended */
  begin(): Leave {
    this.running += 1;
    return () => {
      this.running -= 1;
      if (this.running === 0) this.idle?.resolve();
    };
  }

  /** Resolves when a run may begin. @returns what has to be called when it has ended */
  async enter(isSuspect: boolean): Promise<Leave> {
    if (isSuspect) return this.alone();
    while (this.isClosed) await this.line;
    return this.begin();
  }

  private async alone(): Promise<Leave> {
    const { probationMs } = this.config.options;
    this.suspects += 1;
    const before = this.line;
    const over = deferred();
    this.line = over.promise;
    await before;
    await within(probationMs, this.untilIdle());
    const leave = this.begin();
    let released = false;
    const timer = setTimeout(() => release(), probationMs);
    const release = () => {
      if (released) return;
      released = true;
      clearTimeout(timer);
      this.suspects -= 1;
      over.resolve();
    };
    return () => {
      leave();
      release();
    };
  }

  private async untilIdle(): Promise<void> {
    if (this.running === 0) return;
    this.idle = deferred();
    await this.idle.promise;
  }
}
