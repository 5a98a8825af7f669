import { statfs } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { freeMemoryBytes } from './free-memory.js';
import { type Figures, type PressureStatus, type Resource, RESOURCES } from './pressure.types.js';
import { Thresholds } from './thresholds.js';

const LOOK_MS = 1000;
const RESOLUTION_MS = 20;
/** What the looks take that have to be good before new work is taken again, and a little more. */
const RETRY_AFTER_MS = 5000;

/**
 * Looks every second at memory, disk and event loop of this process, and says no to new work before one of them is used
 * up. Whoever only reads, or ends something, never asks.
 */
@Injectable()
export class ClaudePressureService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(ClaudePressureService.name);
  private readonly thresholds: Thresholds;
  private readonly loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private figures: Figures = { freeMemoryBytes: null, freeDiskBytes: null, loopDelayMs: 0 };
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {
    this.thresholds = new Thresholds(config.options);
  }

  onModuleInit(): void {
    this.loop.enable();
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
    for (const resource of RESOURCES) this.metrics.set('overloaded', 0, { resource });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.loop.disable();
  }

  /** What there is too little of for new work; empty: nothing. */
  get short(): readonly Resource[] {
    return this.thresholds.short;
  }

  get status(): PressureStatus {
    return { ...this.figures, short: this.short };
  }

  /** @throws ClaudeError `server.overloaded` while there is too little of something */
  check(): void {
    const { short } = this;
    if (short.length === 0) return;
    throw new ClaudeError('server.overloaded', {
      short: short.join(', ').replace('_', ' '),
      resources: short,
      retryAfterMs: RETRY_AFTER_MS,
    });
  }

  private async look(): Promise<void> {
    const before = this.short;
    const loopDelayMs = this.loopDelay();
    const [freeMemory, freeDisk] = await Promise.all([freeMemoryBytes(), this.freeDiskBytes()]);
    this.figures = { freeMemoryBytes: freeMemory, freeDiskBytes: freeDisk, loopDelayMs };
    this.thresholds.look(this.figures);
    this.tell(before);
  }

  private loopDelay(): number {
    // Of no turn at all there is no mean.
    const meanMs = this.loop.count > 0 ? this.loop.mean / 1e6 - RESOLUTION_MS : 0;
    this.loop.reset();
    return Math.max(0, Math.round(meanMs));
  }

  private async freeDiskBytes(): Promise<number | null> {
    return statfs(this.config.dataDir).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => null,
    );
  }

  private tell(before: readonly Resource[]): void {
    const { freeMemoryBytes: memory, freeDiskBytes: disk, loopDelayMs, short } = this.status;
    if (memory !== null) this.metrics.set('freeMemory', memory);
    if (disk !== null) this.metrics.set('freeDisk', disk);
    this.metrics.set('loopDelay', loopDelayMs / 1000);
    for (const resource of RESOURCES) this.metrics.set('overloaded', short.includes(resource) ? 1 : 0, { resource });
    if (short.join() === before.join()) return;
    if (short.length > 0) this.logger.warn(this.status, 'this server is overloaded and takes no new work');
    else this.logger.log(this.status, 'this server takes new work again');
  }
}
