import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { findProjectFile } from '@steward/host';
import { ClaudeCacheService } from '../cache/index.js';
import { type CliConversation, type CliFolders, type CliProfile, ClaudeCommandService } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError, redact } from '../error/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { AgentProcess } from './agent-process.js';
import { type AgentObserver, type AgentProcessOptions } from './agent-process.types.js';
import { type CliInfo, locateCli } from './cli-locator.js';
import { type ExitReport } from './supervisor-channel.js';
import { sweep } from './sweep.js';

const run = promisify(execFile);
const CLI_TTL_MS = 60_000;

export interface StartRequest {
  readonly sessionId: string;
  readonly profile: CliProfile;
  readonly conversation: CliConversation;
  readonly folders: CliFolders & { readonly workspace: string };
  readonly answer: AgentProcessOptions['answer'];
  /** Gives up the start; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** Starts agent processes and leaves none behind. */
@Injectable()
export class ClaudeWrapperService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(ClaudeWrapperService.name);
  private readonly live = new Set<AgentProcess>();
  private readonly wrapperPath = findProjectFile(fileURLToPath(import.meta.url), 'scripts/claude_wrapper.py');
  private python: Promise<string> | undefined;

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly cache: ClaudeCacheService,
    private readonly command: ClaudeCommandService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /** Says at start what is missing; the server starts all the same, and health says it too. */
  async onModuleInit(): Promise<void> {
    await this.cli().then(
      (cli) => this.logger.log(cli, 'Claude Code CLI found'),
      (error: ClaudeError) => this.logger.warn({ code: error.code, ...error.details }, error.message),
    );
    // Nothing of an earlier life of this data folder may work beside us.
    if (this.config.options.role !== 'api') await this.sweep(`${this.config.dataDir}#`);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.live].map((agent) => agent.stop()));
  }

  /**
   * The CLI in use and its version; looked for again after a minute, so that an installed or updated one is seen.
   *
   * @throws ClaudeError `cli.not_found`
   */
  async cli(): Promise<CliInfo> {
    const search = {
      setting: this.config.options.cliPath,
      searchPath: this.config.hostVariables['PATH'] ?? '',
      from: fileURLToPath(import.meta.url),
      home: this.config.folder('probe'),
    };
    return this.cache.once('cli', CLI_TTL_MS, () => locateCli(search));
  }

  /** Number of agent processes that this server owns now. */
  get count(): number {
    return this.live.size;
  }

  /** @throws ClaudeError `cli.*`; nothing is left running then */
  async start(request: StartRequest): Promise<AgentProcess> {
    const [cli, pythonPath] = await Promise.all([this.cli(), this.pythonProgram()]);
    const { options } = this.config;
    const startedAt = performance.now();
    const mark = `${this.config.dataDir}#${request.sessionId}`;
    const agent = await AgentProcess.start({
      cliPath: cli.path,
      arguments: this.command.arguments(request.profile, request.conversation),
      initialize: this.command.initialize(request.profile),
      environment: this.command.environment(request.folders),
      workspace: request.folders.workspace,
      pythonPath,
      wrapperPath: this.wrapperPath,
      mark,
      sweep: () => this.sweep(mark),
      parse: (line) => this.command.parse(line),
      answer: request.answer,
      signal: request.signal,
      timings: options,
      maxLineBytes: options.maxLineBytes,
      observer: this.observer(request.sessionId),
    });
    this.metrics.observe('agentStart', (performance.now() - startedAt) / 1000);
    this.live.add(agent);
    void agent.exited.then(() => this.live.delete(agent));
    return agent;
  }

  private async sweep(prefix: string): Promise<void> {
    try {
      const ended = await sweep({
        pythonPath: await this.pythonProgram(),
        wrapperPath: this.wrapperPath,
        prefix,
        environment: this.config.hostVariables,
      });
      if (ended > 0) this.logger.warn({ ended }, 'ended processes that had lost their keepers');
    } catch (error) {
      this.logger.warn({ reason: (error as Error).message }, 'the sweep of left processes failed');
    }
  }

  private observer(sessionId: string): AgentObserver {
    return {
      moved: (from, to) => {
        if (from) this.metrics.add('agentProcesses', -1, { state: from });
        if (to !== 'exited') this.metrics.add('agentProcesses', 1, { state: to });
      },
      sampled: () => undefined,
      exited: (report, stderr, asked) => this.tellExit({ sessionId, asked }, report, stderr),
    };
  }

  private tellExit(of: { sessionId: string; asked: boolean }, report: ExitReport, stderr: string): void {
    this.metrics.count('agentProcessesEnded', { reason: report.reason });
    const facts = {
      sessionId: of.sessionId,
      ...report,
      ...(stderr ? { stderr: redact(stderr, this.config.secrets) } : {}),
    };
    if (report.remaining > 0) this.logger.error(facts, 'processes of an agent could not be ended');
    else if (stderr || (!of.asked && report.code !== 0)) this.logger.warn(facts, 'agent process ended');
    else this.logger.debug(facts, 'agent process ended');
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
