import { Injectable } from '@nestjs/common';
import { type SlashCommand } from '../command/index.js';
import { ClaudeConfigService, isId, newRunId, type RunId, type Share, shareOf } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudePressureService } from '../pressure/index.js';
import { ClaudeSessionService, type Owner, type Page } from '../session/index.js';
import { type Frame } from '../stream/index.js';
import { AttachmentStore } from './attachment.store.js';
import { RedisWatch } from './redis-watch.js';
import { RunBudgets } from './run-budgets.js';
import { RunControlService } from './run-control.service.js';
import { type RunInput } from './run-input.store.js';
import { RunPolicy, unknownCommand } from './run-policy.js';
import { asParked, viewOf } from './run-record.js';
import { RunScheduler } from './run-scheduler.js';
import { RunSeats } from './run-seats.js';
import { RunWorkerService } from './run-worker.service.js';
import { type RunFilter, RunStore } from './run.store.js';
import { type RunPlace, type RunRecord, type RunRequest, type RunView } from './run.types.js';
import { ScheduleStore } from './schedule.store.js';
import { terminalFrameOf } from './terminal-frame.js';

/** Decides when and where a run starts; accepts, lists and cancels them. */
@Injectable()
export class ClaudeQueueService {
  constructor(
    private readonly config: ClaudeConfigService,
    private readonly runs: RunStore,
    private readonly sessions: ClaudeSessionService,
    private readonly policy: RunPolicy,
    private readonly attachments: AttachmentStore,
    private readonly budgets: RunBudgets,
    private readonly scheduler: RunScheduler,
    private readonly schedule: ScheduleStore,
    private readonly control: RunControlService,
    private readonly seats: RunSeats,
    private readonly metrics: ClaudeMetricsService,
    private readonly pressure: ClaudePressureService,
    private readonly redisWatch: RedisWatch,
    private readonly worker: RunWorkerService,
  ) {}

  /** @throws ClaudeError `queue.draining` or `server.overloaded` where this server takes no new work */
  checkOpen(): void {
    if (this.worker.isDraining) throw new ClaudeError('queue.draining');
    this.pressure.check();
  }

  /** @throws ClaudeError `queue.unavailable` while Redis is known to be away, or to take no writes */
  checkRedis(): void {
    this.redisWatch.check();
  }

  /** Accepted runs that have not ended, of all workers. */
  openCount(): Promise<number> {
    return this.runs.openCount();
  }

  /** Place of a waiting run, 1 is next; null when it does not wait. */
  async position(id: string): Promise<number | null> {
    return (await this.runs.isWaiting(id)) ? this.schedule.position(id) : null;
  }

  /**
   * Accepts a run: from the moment this returns it will end, whatever crashes. With an id that was accepted before it
   * changes nothing and answers that run.
   *
   * @throws ClaudeError `request.invalid`, `attachments.*`, `policy.denied`, `budget.exceeded`, `session.*`, `queue.*`, `server.overloaded`; nothing was accepted then
   */
  async submit(given: RunRequest, owner: Owner, id: RunId = newRunId()): Promise<RunView> {
    this.checkOpen();
    this.policy.check(given);
    this.redisWatch.check();
    await this.checkCommand(given);
    if (given.sessionId !== undefined && !isId(given.sessionId)) throw new ClaudeError('session.not_found');
    if (given.busyPolicy === 'steer' && given.sessionId !== undefined) {
      const steered = await this.control.steer(given.sessionId, owner, { id, text: given.prompt ?? '' });
      if (steered) return steered;
    }
    const request = await this.attachments.take(id, given);
    const drop = () => this.attachments.remove(id).catch(() => undefined);
    const seat = await this.seats.take(request, owner, this.worker.takesHere).catch(async (error: unknown) => {
      await drop();
      throw error;
    });
    const accepting = this.runs.accept({
      id,
      owner,
      sessionId: seat.sessionId,
      request,
      maxWaiting: this.config.options.queueMaxWaiting,
      share: this.shareOf(owner),
      reservation: this.budgets.reservation(request, owner),
      claim: seat.hold !== null,
    });
    const { behind, interrupts, placed, claim, run } = await accepting.catch(async (error: unknown) => {
      void this.seats.leave(seat);
      // Without an answer it may have been accepted all the same, and then needs its session.
      if (error instanceof ClaudeError && error.code !== 'queue.unavailable')
        await Promise.all([drop(), this.seats.drop(seat)]);
      throw error;
    });
    if (claim) await this.seats.begin(claim, seat);
    else void this.seats.leave(seat);
    if (behind < 0) {
      await this.seats.drop(seat);
      return this.get(id, owner);
    }
    this.metrics.count('runsSubmitted');
    // It may have ended by itself meanwhile.
    if (interrupts) await this.control.interrupt(interrupts, owner).catch(ignoreNotFound);
    // What goes wrong with it the next beat finds.
    void this.scheduler.begin(placed, run);
    return viewOf(claim || placed.length > 0 ? run : await this.withLimit(run).catch(() => run));
  }

  /** @throws ClaudeError `run.not_found`, also for a run of somebody else */
  async get(id: string, owner: Owner): Promise<RunView> {
    return viewOf(await this.withLimit(await this.control.record(id, owner)));
  }

  /** Where a run stands. @throws ClaudeError `run.not_found`, also for a run of somebody else */
  place(id: string, owner: Owner): Promise<RunPlace> {
    return this.control.place(id, owner);
  }

  /** The terminal event of an ended run, as its record knows it. */
  async terminalFrame(id: string): Promise<Frame | null> {
    const run = await this.runs.get(id);
    return run && terminalFrameOf(run);
  }

  async list(owner: Owner, filter: RunFilter, limit: number, cursor?: string): Promise<Page<RunView>> {
    const [{ data, nextCursor }, parkedUntil] = await Promise.all([
      this.runs.list(owner, filter, limit, cursor),
      this.schedule.parkedUntil(owner),
    ]);
    return { data: data.map((run) => viewOf(asParked(run, parkedUntil))), nextCursor };
  }

  /**
   * Says something to a running run, or, with `enqueue`, makes a run of its own of it when that has ended.
   *
   * @throws ClaudeError what `RunControlService.input` and `submit` throw
   */
  async input(id: string, owner: Owner, said: RunInput, ifEnded: 'reject' | 'enqueue'): Promise<RunView> {
    try {
      return await this.control.input(id, owner, said);
    } catch (error) {
      if (ifEnded === 'reject' || !(error instanceof ClaudeError) || error.code !== 'input.run_ended') throw error;
    }
    const { sessionId } = await this.place(id, owner);
    return this.submit({ prompt: said.text, sessionId }, owner, said.id as RunId);
  }

  /** Ids of the runs of a session that have not ended, in their order. */
  queueOfSession(sessionId: string): Promise<string[]> {
    return this.runs.queueOfSession(sessionId);
  }

  /**
   * Slash commands and skills that a request may name: those that the CLI offers and the policy allows.
   *
   * @throws ClaudeError `cli.*` when no CLI is here
   */
  async commands(): Promise<readonly SlashCommand[]> {
    return (await this.sessions.commands()).filter(({ name }) => this.policy.allowsCommand(name));
  }

  /** As its caller sees it who met a limit of the provider in another run. */
  private async withLimit(run: RunRecord): Promise<RunRecord> {
    if (run.state !== 'pending' || run.waitingFor !== null) return run;
    return asParked(run, await this.schedule.parkedUntil(run.owner));
  }

  /** Where no CLI is here, or the workspace may bring commands of its own, the attempt finds out. */
  private async checkCommand({ command, settingSources = [] }: RunRequest): Promise<void> {
    if (!command || settingSources.length > 0) return;
    const known = await this.commands().catch(() => null);
    if (known && !known.some(({ name }) => name === command.name)) throw unknownCommand(command.name);
  }

  /** Who has no process left starts none: the run waits for its turn instead of for a process. */
  private shareOf(owner: Owner): Share {
    const share = shareOf(this.config.options.shares, owner);
    const bounds = [share.concurrency, this.config.options.maxOwnerProcesses].filter((bound) => bound > 0);
    return { ...share, concurrency: bounds.length > 0 ? Math.min(...bounds) : 0 };
  }
}

const ignoreNotFound = (error: unknown): void => {
  if (!(error instanceof ClaudeError) || error.code !== 'run.not_found') throw error;
};
