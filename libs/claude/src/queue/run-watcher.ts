import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { type SessionHold } from '../session/index.js';
import { type LogWriter } from '../stream/index.js';
import { CancelBus } from './cancel-bus.js';
import { RunClock } from './run-clock.js';
import { RunStore } from './run.store.js';
import { type CancelCode, type RunRecord } from './run.types.js';

/** A cancel whose message was lost is found in the record. */
const CANCEL_CHECK_MS = 2000;

/** Looks after the attempts of this worker from outside. */
@Injectable()
export class RunWatcher {
  constructor(
    private readonly runs: RunStore,
    private readonly cancels: CancelBus,
    private readonly config: ClaudeConfigService,
  ) {}

  /** Everything from outside that may end the attempt. @returns the run's time, and what ends the watch */
  watch(
    run: RunRecord,
    controller: AbortController,
    lease: SessionHold['lease'],
    writer: LogWriter,
  ): { readonly clock: RunClock; readonly cleanUp: () => void } {
    const stop = (reason: unknown) => controller.abort(reason);
    const cancel = (code: CancelCode) => stop(new ClaudeError(code));
    const timeoutMs = this.config.runTimeoutMs(run.request.timeoutMs);
    // What its earlier attempts took is gone.
    const leftMs = Math.max(0, timeoutMs - run.spentMs);
    const clock = new RunClock(leftMs, () => stop(new ClaudeError('run.timed_out', { timeoutMs })));
    const check = setInterval(() => {
      this.runs.cancelRequested(run.id).then(
        (code) => code && cancel(code),
        () => undefined,
      );
    }, CANCEL_CHECK_MS);
    const ends = [lease.lost, writer.lost, writer.exceeded].map((signal) => ({
      signal,
      listener: () => stop(signal.reason),
    }));
    for (const { signal, listener } of ends) signal.addEventListener('abort', listener);
    // One that was asked for between the claim and now; nobody waits for the answer, and the prompt goes first.
    const { heard, unlisten } = this.cancels.listen(run.id, (code) => cancel(code as CancelCode));
    heard
      .then(() => nextTurn())
      .then(() => this.runs.cancelRequested(run.id))
      .then(
        (asked) => asked && cancel(asked),
        () => undefined,
      );
    const cleanUp = () => {
      clock.stop();
      clearInterval(check);
      for (const { signal, listener } of ends) signal.removeEventListener('abort', listener);
      unlisten();
    };
    return { clock, cleanUp };
  }
}
