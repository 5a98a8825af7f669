import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { InputBus } from './input-bus.js';
import { type RunInput, RunInputStore } from './run-input.store.js';
import { RunStore } from './run.store.js';

/** How long a worker may take to take an input; longer than any lease. */
const WAIT_MS = 60_000;
const TELL_AGAIN_MS = 1000;
const LOOK_MS = [2, 100] as const;

/** Brings what somebody says to a running run to the worker that carries it, wherever that is. */
@Injectable()
export class InputDesk {
  constructor(
    private readonly config: ClaudeConfigService,
    private readonly store: RunInputStore,
    private readonly runs: RunStore,
    private readonly bus: InputBus,
  ) {}

  /**
   * Resolves when the run has it: from then on its answer belongs to the run, whatever crashes. With an id that came
   * before it changes nothing.
   *
   * @returns false when the run had ended, or ended without it
   * @throws ClaudeError `input.too_many`, `input.not_taken`; the run will not have it then
   */
  async give(runId: string, input: RunInput): Promise<boolean> {
    const limit = this.config.options.runMaxInputs;
    const place = await this.store.put(runId, input, limit);
    if (place === 'ended') return false;
    if (place === 'full') throw new ClaudeError('input.too_many', { limit });
    const until = performance.now() + WAIT_MS;
    let tellAt = 0;
    for (let pauseMs: number = LOOK_MS[0]; ; pauseMs = Math.min(2 * pauseMs, LOOK_MS[1])) {
      if (performance.now() >= tellAt) {
        await this.bus.ring(runId);
        tellAt = performance.now() + TELL_AGAIN_MS;
      }
      await delay(pauseMs);
      if (await this.store.isTaken(runId, place)) return true;
      const state = (await this.runs.get(runId))?.state ?? null;
      // It waits with the run, and is taken when that begins.
      if (state === 'pending') return true;
      if (state === 'running' && performance.now() < until) continue;
      if (!(await this.store.withdraw(runId, input.id, place))) return true;
      if (state !== 'running') return false;
      throw new ClaudeError('input.not_taken', { waitedMs: WAIT_MS });
    }
  }

  /** The run that an input of this id went to; null: none. */
  wentTo(id: string): Promise<string | null> {
    return this.store.wentTo(id);
  }
}
