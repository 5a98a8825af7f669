import { setTimeout as delay } from 'node:timers/promises';
import {
  type ChangeableProfile,
  type CliProfile,
  controlRequests,
  profileChanges,
  serverPrograms,
} from '../command/index.js';
import { type ClaudeOptions } from '../config/index.js';
import { type AgentProcess, bytesBelow, type CliInfo } from '../wrapper/index.js';
import { type RunAnswers } from './run-answers.js';
import { type SessionFolders } from './session-folders.js';

/** When it is looked again whether the programs that the CLI starts for itself have ended: on a busy host they take longer. */
const HELPERS_MS = [200, 400, 1000];

/** Why a process is not lent again, or is ended while it waits; the label of a metric. */
export type EndReason =
  | 'idle'
  | 'age'
  | 'count'
  | 'memory'
  | 'pressure'
  | 'profile'
  | 'outdated'
  | 'planted'
  | 'left'
  | 'repeat'
  | 'asked'
  | 'died'
  | 'stopped'
  | 'lost';

export interface WarmOptions {
  readonly agent: AgentProcess;
  readonly answers: RunAnswers;
  readonly folders: SessionFolders;
  /** What is fixed in it. */
  readonly key: string;
  readonly profile: ChangeableProfile;
  readonly cli: CliInfo;
  /** It serves one run only. */
  readonly singleUse: boolean;
}

/** Bytes on disk of all that the agent may write. Call it when the process is gone. */
export const sizeOf = ({ folders }: WarmProcess): Promise<number> => bytesBelow(Object.values(folders));

/** An agent process with what has to be known to give it another prompt. */
export class WarmProcess {
  readonly startedAt = performance.now();
  private runs = 0;
  private told: ChangeableProfile;

  constructor(private readonly options: WarmOptions) {
    this.told = options.profile;
  }

  get agent(): AgentProcess {
    return this.options.agent;
  }

  get answers(): RunAnswers {
    return this.options.answers;
  }

  get folders(): SessionFolders {
    return this.options.folders;
  }

  get key(): string {
    return this.options.key;
  }

  get ageMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Brings it to the profile of a run of the same key. */
  async tell(profile: CliProfile): Promise<void> {
    // The CLI leaves its mode by itself when a plan is accepted.
    if (this.answers.hasLeftMode) await this.agent.request(controlRequests.setPermissionMode(profile.permissionMode));
    for (const request of profileChanges(this.told, profile)) await this.agent.request(request);
    this.told = { permissionMode: profile.permissionMode, mcpServers: profile.mcpServers };
    this.runs += 1;
  }

  /**
   * Whether something runs beside the CLI and its MCP servers. The CLI's own helpers are gone a moment later, and what
   * an agent started beside its answer is not: that ends with the run, as it does where the process ends.
   */
  async leftSomething(): Promise<boolean> {
    const leaves = () => this.agent.otherProcesses > serverPrograms(this.told);
    for (const waitMs of HELPERS_MS) {
      if (!leaves()) return false;
      await delay(waitMs);
      await this.agent.look();
    }
    return leaves();
  }

  /** Why it should not wait for another run; null when it may. */
  reasonToEnd({ processMaxAgeMs, processMaxRuns }: ClaudeOptions): EndReason | null {
    if (!this.agent.isReady) return 'died';
    if (this.options.singleUse) return 'profile';
    return this.agent.isWorn || this.ageMs > processMaxAgeMs || this.runs >= processMaxRuns ? 'age' : null;
  }

  /** Why it cannot serve a run of this profile with this CLI; null when it can. */
  reasonAgainst(key: string, cli: CliInfo): EndReason | null {
    if (!this.agent.isReady) return 'died';
    if (this.key !== key) return 'profile';
    return cli.version === this.options.cli.version && cli.path === this.options.cli.path ? null : 'outdated';
  }
}
