import { controlRequests } from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { type AgentProcess } from '../wrapper/index.js';
import { type RunActivity } from './run-activity.js';

/** An agent process that waits uses about 1 % of a CPU; one that uses more than this part of the time works. */
const IDLE_CPU = 0.05;

export interface WedgeOptions {
  readonly agent: Pick<AgentProcess, 'look' | 'otherProcesses' | 'request' | 'resources'>;
  readonly activity: RunActivity;
  readonly wedgedMs: number;
  /** Never throws. */
  readonly wedged: (error: ClaudeError) => void;
  readonly now?: () => number;
}

/**
 * Finds an agent process that is there and will never go on. Two ways: it says nothing, waits for nothing that is known
 * and uses no CPU; or it is in the middle of a tool of which no process lives, uses no CPU, and does not even answer a
 * request, which it does at once in every state. A tool that takes long has a process, or the CLI answers for it.
 */
export class WedgeWatch {
  private idleSince: number | null = null;
  private cpuBefore = 0;
  private looking = false;
  private over = false;
  private readonly now: () => number;

  constructor(private readonly options: WedgeOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  stop(): void {
    this.over = true;
  }

  /** Called about every second. */
  async tick(): Promise<void> {
    if (this.looking || this.over) return;
    const { activity, wedgedMs } = this.options;
    const isQuiet = !activity.isExplained && activity.silentMs > Math.min(1000, wedgedMs / 2);
    if (!isQuiet) {
      this.idleSince = null;
      return;
    }
    this.looking = true;
    try {
      await this.look(wedgedMs);
    } catch {
      // The process ended meanwhile, which is told elsewhere.
    } finally {
      this.looking = false;
    }
  }

  private async look(wedgedMs: number): Promise<void> {
    const { agent } = this.options;
    if (this.idleSince === null) {
      await agent.look();
      this.restart();
      return;
    }
    if (this.now() - this.idleSince < wedgedMs) return;
    await agent.look();
    const idleMs = this.now() - this.idleSince;
    if (agent.resources.cpuMs - this.cpuBefore > IDLE_CPU * idleMs || !(await this.isDead())) return this.restart();
    if (this.over || this.options.activity.isExplained) return;
    this.over = true;
    const { silentMs: quietMs } = this.options.activity;
    this.options.wedged(new ClaudeError('cli.wedged', { quietMs, tools: this.options.activity.openTools }));
  }

  private restart(): void {
    this.idleSince = this.now();
    this.cpuBefore = this.options.agent.resources.cpuMs;
  }

  private async isDead(): Promise<boolean> {
    const { agent, activity } = this.options;
    if (activity.openTools.length === 0) return true;
    if (agent.otherProcesses > 0) return false;
    return agent.request(controlRequests.mcpStatus()).then(
      () => false,
      (error: unknown) => error instanceof ClaudeError && error.code === 'cli.no_answer',
    );
  }
}
