import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { findProjectFile } from '@steward/host';
import { ClaudeCommandService } from '../command/index.js';
import { ClaudeBreakerService } from '../breaker/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError, redact } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { ClaudeModelService, type ModelDoor } from '../model/index.js';
import { AgentProcess } from './agent-process.js';
import { type AgentObserver, type AgentProcessOptions } from './agent-process.types.js';
import { type CliInfo, locateCli } from './cli-locator.js';
import { tuningOf, WANTED_TUNING } from './engine-tuning.js';
import { KnownCli } from './known-cli.js';
import { excerptOf } from './excerpt.js';
import { bytesBelow } from './bytes-below.js';
import { limitArguments } from './limit-arguments.js';
import { SandboxService } from './sandbox.service.js';
import { StartGate } from './start-gate.js';
import { type SandboxPlan } from './sandbox.types.js';
import { type ExitReport } from './supervisor-channel.js';
import { StandbyKeepers } from './standby-keepers.js';
import { type StartRequest } from './start-request.types.js';
import { sweep } from './sweep.js';
import { claimUids, type UidBlock } from './uid-claim.js';

const run = promisify(execFile);

/** What another start may meet as well. */
const FAILED_STARTS: ReadonlySet<string> = new Set(['cli.spawn_failed', 'cli.failed_to_start', 'cli.start_timed_out']);

/** Starts agent processes and leaves none behind. */
@Injectable()
export class ClaudeWrapperService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(ClaudeWrapperService.name);
  private readonly live = new Map<AgentProcess, ModelDoor>();
  private readonly wrapperPath = findProjectFile(fileURLToPath(import.meta.url), 'scripts/claude_wrapper.py');
  private python: Promise<string> | undefined;
  private readonly standby: StandbyKeepers;
  private readonly gate: StartGate;

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly command: ClaudeCommandService,
    private readonly metrics: ClaudeMetricsService,
    private readonly sandbox: SandboxService,
    private readonly model: ClaudeModelService,
    private readonly breakers: ClaudeBreakerService,
  ) {
    this.standby = new StandbyKeepers({
      count: config.options.standbySupervisors,
      markPrefix: this.markPrefix,
      supervisor: () => this.supervisor(),
    });
    this.gate = new StartGate(config.options, (waiting) => metrics.set('startsWaiting', waiting));
  }

  /** Says at start what is missing; the server starts all the same, and health says it too. */
  async onModuleInit(): Promise<void> {
    if (this.config.options.role === 'api') return;
    // Nothing of an earlier life of this data folder may work beside us.
    await this.sweep(this.markPrefix);
    try {
      const cli = await this.cli();
      this.logger.log(cli, 'Claude Code CLI found');
      await tuningOf(cli, this.config.dataDir, this.logger);
      await this.plan();
      await this.standby.fill();
    } catch (error) {
      if (!(error instanceof ClaudeError) || error.code === 'cli.sandbox_unavailable') throw error;
      this.logger.warn({ code: error.code, ...error.details }, error.message);
    }
  }

  /** How agent processes of this server are kept apart. */
  async plan(): Promise<SandboxPlan> {
    return this.sandbox.plan((await this.cli()).path, await this.supervisor());
  }

  /** The same as far as it is known; null before it was tried, and where that failed. */
  get knownPlan(): SandboxPlan | null {
    return this.sandbox.known;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([
      this.sandbox.close(),
      this.standby.close(),
      ...[...this.live.keys()].map((agent) => agent.stop()),
    ]);
  }

  private readonly known = new KnownCli(() =>
    locateCli({
      setting: this.config.options.cliPath,
      searchPath: this.config.hostVariables['PATH'] ?? '',
      from: fileURLToPath(import.meta.url),
      home: this.config.folder('probe'),
      tuning: this.config.options.cliTuning === 'on' ? WANTED_TUNING : null,
    }),
  );

  /**
   * The CLI in use and its version; looked for again after a minute, so that an installed or updated one is seen.
   *
   * @throws ClaudeError `cli.not_found`
   */
  async cli(): Promise<CliInfo> {
    return this.known.get();
  }

  /**
   * Claims user ids on this host, and ends what an earlier life left that runs as one of them.
   *
   * @param owner who gives them out: one Redis
   * @param first of the only block that will do, since sessions have ids of it; null for any
   * @throws ClaudeError `cli.sandbox_unavailable` when others have claimed it
   */
  async claimUsers(owner: string, first: number | null): Promise<UidBlock> {
    const { sandboxFirstUid, sandboxUids, sandboxUidBlock: count, uidClaimsDir: directory } = this.config.options;
    const range = { first: sandboxFirstUid, last: sandboxFirstUid + Math.max(count, sandboxUids) - 1 };
    const claim = { directory, owner, dataDir: this.config.dataDir, range, count, first };
    const claimed = await claimUids(await this.supervisor(), claim, this.config.hostVariables);
    if (typeof claimed === 'string') {
      this.logger.warn({ reason: claimed }, 'user ids cannot be claimed here: no other server may run on this host');
      const begin = first ?? sandboxFirstUid;
      return { first: begin, last: begin + count - 1 };
    }
    await this.sweep(this.markPrefix, claimed);
    return claimed;
  }

  /** Every process of this data folder carries it, so that a later server finds what a crash left. */
  private get markPrefix(): string {
    return `${this.config.dataDir}#`;
  }

  /** Number of agent processes that this server owns now. */
  get count(): number {
    return this.live.size;
  }

  /** Memory of all of them, as last looked at. */
  get memoryBytes(): number {
    return [...this.live.keys()].reduce((sum, agent) => sum + (agent.state === 'stopping' ? 0 : agent.memoryBytes), 0);
  }

  /**
   * The way of a living process to the model: it passes nothing until it is assigned to a run.
   *
   * @throws ClaudeError `cli.crashed` when the process is gone
   */
  doorOf(agent: AgentProcess): ModelDoor {
    const door = this.live.get(agent);
    if (!door) throw new ClaudeError('cli.crashed');
    return door;
  }

  /** Waits for its turn first. @throws ClaudeError `cli.*`; nothing is left running then */
  async start(request: StartRequest): Promise<AgentProcess> {
    const leave = await this.gate.enter(request.signal);
    try {
      const cli = await this.cli();
      return await this.startNow(cli, request).catch(async (error: unknown) => {
        const isOfTheCli = error instanceof ClaudeError && error.code === 'cli.failed_to_start';
        if (isOfTheCli && (await this.known.isAnotherThan(cli))) return this.startNow(await this.cli(), request);
        throw error;
      });
    } finally {
      leave();
    }
  }

  private async startNow(cli: CliInfo, request: StartRequest): Promise<AgentProcess> {
    const supervisor = await this.supervisor();
    const plan = await this.sandbox.plan(cli.path, supervisor);
    const { options, dataDir } = this.config;
    const tuning = await tuningOf(cli, dataDir, this.logger);
    const { workspace, home, config, tmp } = request.folders;
    const own = [workspace, home, config, tmp];
    const writable = [...own, ...request.profile.addDirs];
    const readable = tuning ? [tuning.shellSetup] : [];
    const subject = { uid: request.uid, cliPath: cli.path, readable, writable };
    const mark = `${this.markPrefix}${request.sessionId}`;
    const startedAt = performance.now();
    // The figure that is known is of a walk that ended at the bound; writing went on until the agent was gone.
    const presentBytes = request.grownToBytes > 0 ? Math.max(request.grownToBytes, await bytesBelow(own)) : 0;
    const passage = this.breakers.of('spawn').enter(request.who);
    if (passage instanceof ClaudeError) throw passage;
    const door = this.model.open();
    const starting = AgentProcess.start({
      cliPath: cli.path,
      arguments: this.command.arguments(request.profile, request.conversation),
      environment: this.command.environment(request.folders, request.profile, door.environment, tuning),
      workspace,
      supervisor,
      keeper: this.standby.take(),
      supervision: [...limitArguments(options, own, presentBytes), ...this.sandbox.arguments(plan, subject)],
      mark,
      sweep: () => this.sweep(mark, request.uid === null ? null : { first: request.uid, last: request.uid }),
      parse: this.parser(request.sessionId),
      initialize: this.command.initialize(request.profile, request.hooks),
      redact: (text) => redact(text, this.config.secrets),
      answer: request.answer,
      signal: request.signal,
      timings: options,
      maxLineBytes: options.maxLineBytes,
      observer: this.observer(request.sessionId),
    });
    const agent = await starting.catch(async (error: unknown) => {
      if (error instanceof ClaudeError && FAILED_STARTS.has(error.code)) passage.failed(error.code);
      else passage.left();
      await door.close();
      throw error;
    });
    passage.succeeded();
    this.standby.fillSoon();
    this.metrics.observe('agentStart', (performance.now() - startedAt) / 1000);
    this.live.set(agent, door);
    void agent.exited.then(() => {
      this.live.delete(agent);
      return door.close();
    });
    return agent;
  }

  private observer(sessionId: string): AgentObserver {
    return {
      moved: (from, to) => {
        if (from) this.metrics.add('agentProcesses', -1, { state: from });
        if (to !== 'exited') this.metrics.add('agentProcesses', 1, { state: to });
      },
      spawned: () => undefined,
      sampled: () => undefined,
      limited: (notice) => this.logger.warn({ sessionId, ...notice }, 'an agent process is at a limit'),
      exited: (report, stderr, asked) => this.tellExit({ sessionId, asked }, report, stderr),
    };
  }

  private tellExit(of: { sessionId: string; asked: boolean }, report: ExitReport, stderr: string): void {
    this.metrics.count('agentProcessesEnded', { reason: report.reason });
    const facts = {
      sessionId: of.sessionId,
      ...report,
      ...(stderr ? { stderr } : {}),
    };
    if (report.remaining > 0) this.logger.error(facts, 'processes of an agent could not be ended');
    else if (stderr || (!of.asked && report.code !== 0)) this.logger.warn(facts, 'agent process ended');
    else this.logger.debug(facts, 'agent process ended');
  }

  /** The first line of a process that is no message is told; all are counted. */
  private parser(sessionId: string): AgentProcessOptions['parse'] {
    let told = false;
    return (line) => {
      const parsed = this.command.parse(line);
      if (parsed.kind === 'noise' && !told && line.trim()) {
        told = true;
        const facts = { sessionId, line: excerptOf(line, 200, (text) => redact(text, this.config.secrets)) };
        this.logger.warn(facts, 'the CLI printed something that is no message');
      }
      return parsed;
    };
  }

  private async sweep(prefix: string, uids: UidBlock | null = null): Promise<void> {
    try {
      const signs = { uids, cgroup: this.config.options.cgroup };
      const { ended, remaining } = await sweep(await this.supervisor(), prefix, signs, this.config.hostVariables);
      if (ended > 0 || remaining > 0)
        this.logger.warn({ ended, remaining }, 'ended processes that had lost their keepers');
    } catch (error) {
      this.logger.warn({ reason: (error as Error).message }, 'the sweep of left processes failed');
    }
  }

  /** How every supervisor is started. */
  private async supervisor(): Promise<string[]> {
    return [await this.pythonProgram(), '-S', '-E', '-s', this.wrapperPath];
  }

  /** The interpreter itself: what PATH has may be a script that starts it, which costs time and a process. */
  private pythonProgram(): Promise<string> {
    this.python ??= run(this.config.options.pythonPath, ['-c', 'import sys; print(sys.executable)'], {
      env: { ...this.config.hostVariables },
    }).then(
      ({ stdout }) => stdout.trim(),
      (cause: NodeJS.ErrnoException) => {
        this.python = undefined;
        throw new ClaudeError('cli.spawn_failed', { errno: cause.code ?? 'python3' }, { cause });
      },
    );
    return this.python;
  }
}
