import { type CliMessage, type HookedCall, type ResultMessage, RunTranslator } from '../command/index.js';
import { ClaudeError, claudeErrorOf } from '../error/index.js';
import { type ClaudeSessionService, type ForeignAnswer, type LentProcess } from '../session/index.js';
import { type AgentProcess, within } from '../wrapper/index.js';
import { type AttemptOptions } from './attempt.types.js';
import { BackgroundWork } from './background-work.js';
import { FirstLook } from './first-look.js';
import { FirstWords } from './first-words.js';
import { withCheckedOutput } from './output-outcome.js';
import { outcomeOfError, outcomeOfResult, type RunOutcome } from './run-outcome.js';
import { runContext } from './run-context.js';
import { type RunSteering } from './run-steering.js';
import { RunModel } from './run-model.js';
import { asCarried } from './carried-request.js';
import { lineOf } from './run-line.js';
import { type RunPolicy } from './run-policy.js';
import { type AttemptPeople } from './run-people.js';
import { type Degraded } from './run.types.js';
import { ToolBarrier } from './tool-barrier.js';
import { type Veto } from './tool-policy.js';

/** A worker that stops, or has lost the session; a CLI that would not hear an interrupt, and note it too late. */
const GOES_ON: ReadonlySet<string> = new Set([
  'worker.stopped',
  'worker.lost',
  'session.lost',
  'stream.stale_writer',
  'cli.wedged',
]);

/** One try at a run: a process of the session, the prompt, its messages into the log, until there is an outcome. */
export class Attempt {
  private agent: AgentProcess | undefined;
  private translator: RunTranslator | undefined;
  /** Ended by itself: its budget is used up, or people take their time. */
  private readonly own = new AbortController();
  private steering: RunSteering | undefined;
  private people: AttemptPeople | null = null;
  /** Aborted when its process may not go on starting; an interrupt keeps the process. */
  private readonly hard = new AbortController();
  private model: RunModel | undefined;
  private readonly words: FirstWords;
  private degraded: Degraded | null = null;
  /** What was answered in the session without the CLI, which its prompt tells. */
  private foreign: Promise<readonly ForeignAnswer[]> = Promise.resolve([]);

  constructor(
    private readonly sessions: ClaudeSessionService,
    private readonly policy: RunPolicy,
    private readonly options: AttemptOptions,
  ) {
    this.words = new FirstWords(options.writer, options.onFirstDelta);
  }

  /** Never throws: whatever happens is an outcome. Where it is a failure, no process of the run is left when it is told. */
  async carry(): Promise<RunOutcome> {
    const outcome = await this.outcome();
    this.people?.leave();
    this.options.inputs.leave();
    // What the run has used is in the ledger before anybody asks it.
    await this.model?.end();
    return { ...outcome, resources: this.agent?.resources ?? null, degraded: this.degraded };
  }

  private async outcome(): Promise<RunOutcome> {
    const stop = AbortSignal.any([this.options.stop, this.own.signal]);
    const stopped = new Promise<never>((_resolve, reject) => {
      const give = () => {
        if (!isInterrupt(stop.reason)) this.hard.abort(stop.reason);
        reject(stop.reason as Error);
      };
      if (stop.aborted) give();
      else stop.addEventListener('abort', give, { once: true });
    });
    stopped.catch(() => undefined);
    const work = this.work();
    try {
      return await Promise.race([work, stopped]);
    } catch (thrown) {
      const error = claudeErrorOf(thrown);
      const done = isInterrupt(error) ? await this.interrupted(work, error) : await this.end(work, error);
      return done ?? outcomeOfError(error, this.translator ?? null);
    }
  }

  /**
   * The CLI stops what it does and waits for the next prompt; one that does not do so in time is ended.
   *
   * @returns the outcome of a run that was done before it could be stopped, else null
   */
  private async interrupted(work: Promise<RunOutcome>, error: ClaudeError): Promise<RunOutcome | null> {
    const settled = work.then(
      (outcome) => (outcome.state === 'completed' ? outcome : null),
      () => null,
    );
    // What it does not answer, the bound of the wait ends.
    const taken = this.steering?.close() ?? Promise.resolve();
    void taken.then(() => this.agent?.interrupt()).catch(() => undefined);
    if (await within(this.options.interruptGraceMs, settled)) return settled;
    this.hard.abort(error);
    await this.end(work, error);
    return null;
  }

  private async work(): Promise<RunOutcome> {
    const { run, session, hold, attempt, writer, stop, cliVersion, planAccepted, repeats } = this.options;
    const request = asCarried(run, planAccepted);
    const profile = this.policy.profile(request);
    const tools = this.policy.tools(request);
    const vetoed = this.policy.hooks(request, (call, signal) => this.veto(call, signal));
    const hooks = new ToolBarrier(vetoed, writer, hold.lease);
    this.people = this.options.people((error) => this.own.abort(error));
    const { people } = this;
    const { signal } = this.hard;
    if (this.options.line === null && run.request.prompt !== undefined) this.foreign = this.options.foreign();
    this.foreign.catch(() => undefined);
    const tell = this.options.watch.enter.bind(this.options.watch);
    const lent = await this.sessions.lend({ session, hold, profile, tools, hooks, people, repeats, signal, tell });
    this.agent = lent.agent;
    stop.throwIfAborted();
    writer.push('run.started', {
      attempt,
      model: profile.model,
      cliVersion,
      resumed: lent.how === 'resumed' || lent.how === 'hot',
      process: lent.how,
    });
    const translator = new RunTranslator({
      before: lent.agent.totals,
      tellsUsage: !lent.door.isMetered,
      raw: run.request.rawMessages,
      emit: (event) => {
        this.options.watch.note(event);
        const seq = writer.pushEvent(event);
        if (event.type === 'text.delta') this.words.said();
        if (event.type === 'run.progress' && event.data.activity === 'model_fallback') this.noteFallback();
        return seq;
      },
    });
    this.translator = translator;
    const { snapshots } = this.options;
    const first = new FirstLook(
      () => snapshots.take(hold),
      (snapshot) => snapshots.keep(hold, run.id, snapshot),
    );
    hooks.attach(translator, () => first.taken());
    const result = await this.converseFrom(first, lent, translator, profile.model).finally(() =>
      // No tool has acted where nobody has looked yet; but who has lost the session looks no more.
      this.goesOnElsewhere ? first.leave() : first.kept(),
    );
    const { trouble: wire = null, shut = null } = this.model ?? {};
    const asked = { structured: profile.outputSchema !== null, model: profile.model, wire, shut };
    if (!result.is_error) await this.options.knows(await this.foreign);
    const outcome = outcomeOfResult(result, translator, asked);
    // A CLI that somebody else ends, its keepers or a signal, may tell it like that.
    const wasAsked = stop.aborted || this.own.signal.aborted;
    if (outcome.error?.code === 'run.interrupted' && !wasAsked)
      throw new ClaudeError('cli.crashed', { exit: 'interrupted', reason: 'interrupted' });
    return withCheckedOutput(outcome, profile, translator);
  }

  private async converseFrom(
    first: Pick<FirstLook<unknown>, 'taken'>,
    lent: LentProcess,
    translator: RunTranslator,
    model: string | null,
  ): Promise<ResultMessage> {
    await this.connect(lent, model);
    // A command may do something by itself, without a tool that waits.
    if (this.options.run.request.command) await first.taken();
    await this.noteServers(lent);
    const result = await this.converse(lent, translator);
    await this.noteServers(lent);
    return result;
  }

  /** What the session's view tells of its MCP servers: those that are not there, and the tools of the others. */
  private async noteServers({ agent }: LentProcess): Promise<void> {
    const { run, mcp } = this.options;
    if (run.request.mcpServers?.length) await mcp.note(run.sessionId, agent);
  }

  private async veto(call: HookedCall, signal: AbortSignal): Promise<Veto | null> {
    const { veto: ask, writer } = this.options;
    const veto = await ask(call, signal);
    const { toolUseId, toolName: name, input, agentId } = call;
    if (veto) writer.push('tool.denied', { toolUseId, name, input, agentId, ...veto });
    return veto;
  }

  /** From here on the process may ask the model, for this run. */
  private async connect({ door }: LentProcess, asks: string | null): Promise<void> {
    const { run, attempt, cliVersion, writer, limits, facts, breakers } = this.options;
    this.model = new RunModel(door, {
      run,
      isFirst: attempt === 1,
      model: asks,
      limits,
      facts,
      breakers,
      recordHead: { request: run.request, attempt, cliVersion },
      emit: (event) => {
        // What is told by the wire comes by itself, also when the run is another's by now.
        if (writer.lost.aborted) return;
        this.options.watch.note(event);
        writer.pushEvent(event);
      },
      exhausted: (error) => this.own.abort(error),
    });
    await this.model.begin();
  }

  /** From the prompt to the result, with what runs in the background. */
  private async converse({ agent, door }: LentProcess, translator: RunTranslator): Promise<ResultMessage> {
    const { run, writer, attachments, watch } = this.options;
    const line = this.options.line ?? lineOf(run, agent, await attachments(), await this.foreign);
    // The last moment at which an interrupt keeps it from being asked.
    this.options.stop.throwIfAborted();
    const steering = this.options.inputs.begin(agent);
    this.steering = steering;
    const background = new BackgroundWork(agent, {
      expectsMore: () => !steering.isOver,
      ...this.policy.background(run.request),
      tell: (progress) => void writer.push('run.progress', progress),
      settle: (totals) => translator.usage.acceptTotals(totals),
    });
    watch.attend({
      agent,
      door,
      people: () => (this.people?.approvals.openCount ?? 0) > 0,
      background: () => background.isWaiting,
      wedged: (error) => this.wedged(error),
    });
    const take = (message: CliMessage): void | Promise<void> => {
      watch.heard();
      if (background.isCut) return;
      this.people?.approvals.noteActivity();
      translator.accept(message);
      steering.accept(message);
      background.accept(message);
      return this.words.takeHold() ?? writer.ready();
    };
    // The process may have served other runs: what it says now belongs to this one.
    const answered = agent.prompt(line, runContext.bind(take), () => {
      // It held that back while another answer was to come.
      if (steering.hasJustSettled()) background.settle();
      const isOver = background.isOver && steering.isOver;
      if (isOver) steering.end();
      return isOver;
    });
    this.options.inputs.start(steering);
    // When the process is ended with its tasks, that is no failure of the run.
    answered.catch(() => undefined);
    try {
      return await Promise.race([background.cutOff, answered]);
    } finally {
      steering.end();
      background.close();
    }
  }

  /**
   * A process that was still starting is ended as soon as it is there. One whose run goes on elsewhere is not asked to
   * stop: the CLI would note a tool that it breaks off, or that waits for a person, as one that the user had refused.
   */
  private async end(work: Promise<RunOutcome>, reason: ClaudeError): Promise<null> {
    const asks = (this.people?.approvals.openCount ?? 0) > 0;
    const how = asks || GOES_ON.has(reason.code) ? 'at once' : 'ladder';
    this.people?.leave();
    this.options.watch.enter('stopping');
    await this.options.hold.process?.agent.stop(how);
    await work.catch(() => undefined);
    await this.options.hold.process?.agent.stop(how);
    return null;
  }

  private get goesOnElsewhere(): boolean {
    const { aborted, reason } = this.options.stop;
    return aborted && reason instanceof ClaudeError && GOES_ON.has(reason.code);
  }

  /** The CLI has gone down a step by itself. */
  private noteFallback(): void {
    if (this.degraded) return;
    this.degraded = { step: 'fallback_model', why: this.model?.failure ?? 'model.overloaded' };
    this.options.writer.push('run.degraded', this.degraded);
  }

  private wedged(error: ClaudeError): void {
    if (this.options.stop.aborted || this.own.signal.aborted) return;
    this.options.onWedged(error);
    this.own.abort(error);
  }
}

const INTERRUPTS: ReadonlySet<string> = new Set(['run.interrupted', 'approval.stopped']);
const isInterrupt = (reason: unknown): boolean => reason instanceof ClaudeError && INTERRUPTS.has(reason.code);
