import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ClaudeGuardService, ClaudeMetricsService, redact } from '@steward/claude';
import { resolve } from 'node:path';
import { ServerConfigService } from '../config/server-config.service.js';
import { FaultLog } from './fault.log.js';
import { type Fault, type FaultKind } from './fault.types.js';

/** Software error, of sysexits. */
const EXIT_FAULT = 70;
/** A promise that nobody waited for leaves nothing half done by itself; so many in a minute are no accident any more. */
const REJECTIONS_PER_MINUTE = 10;
const MINUTE = 60_000;
/** What is left after the grace period, for the last lines of the log. */
const EXIT_SLACK_MS = 500;

/** How many faults there were, and the last one, as health shows them. */
export interface FaultStatus {
  readonly count: number;
  readonly last: Pick<Fault, 'at' | 'kind' | 'role' | 'name' | 'runId' | 'ended'> | null;
}

/**
 * The last lines: what nobody caught. After an exception the state cannot be trusted: the runs are handed over, the
 * process ends with code 70, both within a bound. A rejection is told and counted; many of them are an exception.
 */
@Injectable()
export class FaultsService implements OnModuleInit {
  private readonly logger = new Logger('Faults');
  private readonly log: FaultLog;
  private rejections: number[] = [];
  private ending = false;

  constructor(
    private readonly config: ServerConfigService,
    private readonly guard: ClaudeGuardService,
    private readonly metrics: ClaudeMetricsService,
  ) {
    this.log = new FaultLog(resolve(config.options.dataDir));
  }

  onModuleInit(): void {
    for (const kind of ['exception', 'rejection'] as const) this.metrics.count('faults', { kind }, 0);
    for (const { kind } of this.log.load()) this.metrics.count('faults', { kind });
  }

  get status(): FaultStatus {
    const { all } = this.log;
    const last = all.at(-1);
    if (!last) return { count: 0, last: null };
    const { at, kind, role, name, runId, ended } = last;
    return { count: all.length, last: { at, kind, role, name, runId, ended } };
  }

  /**
   * Listens from here on, until the process ends.
   *
   * @param close ends the application in order
   */
  watch(close: () => Promise<void>): void {
    process.on('uncaughtException', (error) => this.fault('exception', error, close));
    process.on('unhandledRejection', (reason) => this.fault('rejection', reason, close));
  }

  private fault(kind: FaultKind, thrown: unknown, close: () => Promise<void>): void {
    const ends = kind === 'exception' || this.areTooMany();
    const runId = this.guard.currentRun;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const mask = (text: string) => redact(text, this.guard.secrets);
    const [message, stack] = [mask(error.message), mask(error.stack ?? '')];
    const at = new Date().toISOString();
    const { role } = this.config.options;
    this.log.add({ at, kind, role, pid: process.pid, name: error.name, message, stack, runId, ended: ends });
    this.metrics.count('faults', { kind });
    const facts = { code: 'internal.error', kind, runId, name: error.name, reason: message, stack, ends };
    if (ends) this.logger.fatal(facts, 'a fault that nobody caught: this process hands over its runs and ends');
    else this.logger.error(facts, 'a failure that nobody waited for');
    if (ends && !this.ending) void this.end(runId, close);
  }

  private areTooMany(): boolean {
    const now = Date.now();
    this.rejections = [...this.rejections.filter((at) => at > now - MINUTE), now];
    return this.rejections.length >= REJECTIONS_PER_MINUTE;
  }

  private async end(culprit: string | null, close: () => Promise<void>): Promise<void> {
    this.ending = true;
    process.exitCode = EXIT_FAULT;
    setTimeout(() => process.exit(EXIT_FAULT), this.config.options.faultGraceMs + EXIT_SLACK_MS);
    try {
      await this.guard.abandon(culprit);
      await close();
    } catch (error) {
      this.logger.error({ reason: (error as Error).message }, 'the end in order failed; it ends all the same');
    }
    process.exit(EXIT_FAULT);
  }
}
