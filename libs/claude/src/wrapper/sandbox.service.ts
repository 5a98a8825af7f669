import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { CANDIDATES, candidatesFor, sandboxArguments } from './sandbox.js';
import { type ProbeOutcome, probeSandbox } from './sandbox-probe.js';
import { type SandboxPlan, type SandboxSubject } from './sandbox.types.js';

/** How often a sandbox is tried that somebody or something disturbed each time. */
const TRIALS = 3;
const BETWEEN_TRIALS_MS = 300;
/** How long a failure is the answer for all who ask. */
const FAILED_FOR_MS = 2000;
/** A trial is over long before that, on any server of the data folder. */
const LEFT_AFTER_MS = 10 * 60_000;
const OF_A_TRIAL = /^(?:namespace|user|commands)-\w{6}$/;

/** Chooses how agent processes are kept apart: by trying the CLI itself in each way, from the strongest on. */
@Injectable()
export class SandboxService {
  private readonly logger = new Logger(SandboxService.name);
  private readonly closing = new AbortController();
  private chosen: Promise<SandboxPlan> | undefined;
  private found: SandboxPlan | null = null;

  constructor(private readonly config: ClaudeConfigService) {}

  /**
   * The plan of this server, found once.
   *
   * @throws ClaudeError `cli.sandbox_unavailable` when the mode that was asked for does not work here; `cli.spawn_failed`
   * when that could not be found out now
   */
  plan(cliPath: string, supervisor: readonly string[]): Promise<SandboxPlan> {
    this.chosen ??= this.choose(cliPath, supervisor).then(
      (plan) => (this.found = plan),
      (error: unknown) => {
        // Those that ask in the same moment need not try each for itself.
        setTimeout(() => (this.chosen = undefined), FAILED_FOR_MS).unref();
        throw error;
      },
    );
    return this.chosen;
  }

  /** The plan, where it was found already. */
  get known(): SandboxPlan | null {
    return this.found;
  }

  /** Ends a trial that is under way. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.chosen?.catch(() => undefined);
  }

  arguments(plan: SandboxPlan, subject: SandboxSubject): string[] {
    return sandboxArguments(plan, subject);
  }

  private async choose(cliPath: string, supervisor: readonly string[]): Promise<SandboxPlan> {
    const { sandbox, environment } = this.config.options;
    const why: Record<string, string> = {};
    for (const candidate of candidatesFor(sandbox)) {
      const name =
        candidate.ownUser && candidate.mode === 'namespace' ? 'namespace with a user of its own' : candidate.mode;
      const reason = candidate.mode === 'none' ? '' : await this.reasonAgainst(candidate, cliPath, supervisor);
      if (reason === '') return this.use({ ...candidate, why }, environment === 'production');
      why[name] = reason;
    }
    throw new ClaudeError('cli.sandbox_unavailable', { mode: sandbox, reason: Object.values(why).join('; ') });
  }

  private use(plan: SandboxPlan, production: boolean): SandboxPlan {
    if (plan.mode === 'none' && production) {
      const why = Object.entries(plan.why).map(([mode, text]) => `${mode}: ${text}`);
      const reason = ['STEWARD_ENVIRONMENT=production runs no agent without a sandbox', ...why].join('; ');
      throw new ClaudeError('cli.sandbox_unavailable', { mode: this.config.options.sandbox, reason });
    }
    const facts = {
      mode: plan.mode,
      ownUser: plan.ownUser,
      ...(Object.keys(plan.why).length > 0 ? { weakerBecause: plan.why } : {}),
    };
    if (plan.mode === 'none') this.logger.warn(facts, 'agent processes are not kept apart from this host');
    else this.logger.log(facts, 'sandbox of agent processes');
    return plan;
  }

  /**
   * Empty when the CLI tells its version in this sandbox. A trial that was disturbed says nothing: it is made again,
   * and where it never comes to an end no weaker sandbox takes the place of this one.
   *
   * @throws ClaudeError `cli.spawn_failed`; the next one that asks for the plan begins anew
   */
  private async reasonAgainst(
    candidate: (typeof CANDIDATES)[number],
    cliPath: string,
    supervisor: readonly string[],
  ): Promise<string> {
    if (candidate.ownUser && process.geteuid?.() !== 0) return 'users of their own take a server that runs as root';
    for (let trial = 1; ; trial += 1) {
      const { reason, isCertain, isSlow } = await this.tryOut(candidate, cliPath, supervisor);
      if (isCertain) return reason;
      this.logger.warn({ mode: candidate.mode, trial, reason }, 'the trial of a sandbox was disturbed');
      if (trial === TRIALS || isSlow)
        throw new ClaudeError('cli.spawn_failed', { errno: `sandbox ${candidate.mode}: ${reason}` });
      await sleep(BETWEEN_TRIALS_MS);
    }
  }

  private async tryOut(
    candidate: (typeof CANDIDATES)[number],
    cliPath: string,
    supervisor: readonly string[],
  ): Promise<ProbeOutcome> {
    this.removeLeft();
    // Of its own: servers that share the data folder may start in the same moment.
    const home = mkdtempSync(join(this.config.folder('probe'), `${candidate.mode}-`));
    if (candidate.ownUser) openWay(this.config.dataDir, this.config.folder('probe'));
    const uid = candidate.ownUser ? this.config.options.sandboxFirstUid : null;
    if (uid !== null) chownSync(home, uid, uid);
    const confined = sandboxArguments(candidate, { uid, cliPath, readable: [], writable: [home] });
    const own = { HOME: home, CLAUDE_CONFIG_DIR: home, TMPDIR: home, DISABLE_AUTOUPDATER: '1' };
    const env = { ...this.config.hostVariables, ...own };
    const mark = `${this.config.dataDir}#probe`;
    try {
      const { signal } = this.closing;
      return await probeSandbox({ supervisor, arguments: confined, cliPath, home, env, mark, signal });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }

  /** Folders of trials, and of processes that were only asked for their commands, whose server was killed. */
  private removeLeft(): void {
    const folder = this.config.folder('probe');
    for (const name of readdirSync(folder).filter((entry) => OF_A_TRIAL.test(entry))) {
      const path = join(folder, name);
      const madeAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (Date.now() - madeAt > LEFT_AFTER_MS) rmSync(path, { recursive: true, force: true });
    }
  }
}

/** Lets other users pass through the folders, without letting them see what is in there. */
export function openWay(...folders: readonly string[]): void {
  for (const folder of folders) chmodSync(folder, 0o711);
}
