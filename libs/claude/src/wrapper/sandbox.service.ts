import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { CANDIDATES, candidatesFor, sandboxArguments } from './sandbox.js';
import { type SandboxPlan, type SandboxSubject } from './sandbox.types.js';

const PROBE_TIMEOUT_MS = 20_000;
/** The CLI tells its version also where its user cannot reach its folders by their path, which a run needs. */
const PROBE =
  'cd "$HOME" 2>/dev/null || { echo "its user cannot reach the data folder: a folder above it lets nobody pass" >&2; exit 1; }; exec "$0" --version';

/** Chooses how agent processes are kept apart: by trying the CLI itself in each way, from the strongest on. */
@Injectable()
export class SandboxService {
  private readonly logger = new Logger(SandboxService.name);
  private chosen: Promise<SandboxPlan> | undefined;

  constructor(private readonly config: ClaudeConfigService) {}

  /**
   * The plan of this server, found once.
   *
   * @throws ClaudeError `cli.sandbox_unavailable` when the mode that was asked for does not work here
   */
  plan(cliPath: string, supervisor: readonly string[]): Promise<SandboxPlan> {
    this.chosen ??= this.choose(cliPath, supervisor).catch((error: unknown) => {
      this.chosen = undefined;
      throw error;
    });
    return this.chosen;
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

  /** Empty when the CLI tells its version in this sandbox. */
  private async reasonAgainst(
    candidate: (typeof CANDIDATES)[number],
    cliPath: string,
    supervisor: readonly string[],
  ): Promise<string> {
    if (candidate.ownUser && process.geteuid?.() !== 0) return 'users of their own take a server that runs as root';
    // Of its own: servers that share the data folder may start in the same moment.
    const home = mkdtempSync(join(this.config.folder('probe'), `${candidate.mode}-`));
    if (candidate.ownUser) openWay(this.config.dataDir, this.config.folder('probe'));
    const uid = candidate.ownUser ? this.config.options.sandboxFirstUid : null;
    if (uid !== null) chownSync(home, uid, uid);
    const subject: SandboxSubject = { uid, cliPath, writable: [home] };
    try {
      return await this.tryOut(
        [...supervisor, ...sandboxArguments(candidate, subject), '--', '/bin/sh', '-c', PROBE, cliPath],
        home,
      );
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }

  private tryOut([program, ...words]: string[], home: string): Promise<string> {
    const env = {
      ...this.config.hostVariables,
      HOME: home,
      CLAUDE_CONFIG_DIR: home,
      TMPDIR: home,
      DISABLE_AUTOUPDATER: '1',
    };
    const child = spawn(program!, words, {
      cwd: home,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      timeout: PROBE_TIMEOUT_MS,
    });
    let [said, complained] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complained += text));
    // The control channel has to be read, or the supervisor takes the server for gone.
    (child.stdio[3] as NodeJS.ReadableStream)
      .on('data', (text: Buffer) => (complained += text.toString()))
      .on('error', () => undefined);
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', () => resolve(/\d+\.\d+\.\d+/.test(said) ? '' : lastLine(complained)));
    });
  }
}

/** The supervisor tells its failures as messages, the program its own as text; the last words of either. */
function lastLine(text: string): string {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => (line.startsWith('{') ? toldBy(line) : line));
  return (lines.filter(Boolean).at(-1) ?? '').slice(-200) || 'the CLI does not start in it';
}

function toldBy(line: string): string {
  const { type, message, errno } = JSON.parse(line) as { type: string; message?: string; errno?: string };
  if (type !== 'error') return '';
  return errno === 'ENOENT' ? 'a program for it is not installed (bubblewrap)' : (message ?? '');
}

/** Lets other users pass through the folders, without letting them see what is in there. */
export function openWay(...folders: readonly string[]): void {
  for (const folder of folders) chmodSync(folder, 0o711);
}
