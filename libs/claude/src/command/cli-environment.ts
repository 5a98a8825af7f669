import { type CliTuning, tunedEnvironment } from './cli-tuning.js';

/** Folders of one session that the CLI is pointed at. */
export interface CliFolders {
  readonly home: string;
  readonly config: string;
  readonly tmp: string;
}

export interface CliEnvironmentOptions {
  readonly folders: CliFolders;
  /** Variables of the host that pass (the allow-list is the config room's). */
  readonly host: Readonly<Record<string, string>>;
  /** How the process reaches the model: an address and a token of its own, or the variables of a cloud. */
  readonly model: Readonly<Record<string, string>>;
  readonly apiMaxRetries: number;
  readonly apiTimeoutMs: number;
  /** As root the CLI refuses to bypass permissions unless it is told that it is confined. */
  readonly confinedRoot: boolean;
  /** Whether CLAUDE.md files are read; they come with the project's settings, where the policy lets those in. */
  readonly memoryFiles: boolean;
  /** What makes its engine answer sooner, and the file that takes it from the shells that it starts; null for none. */
  readonly tuning: CliTuning | null;
}

/** What listens on loopback is not behind the host's proxy. */
function loopbackDirect(host: Readonly<Record<string, string>>): Record<string, string> {
  const given = host['NO_PROXY'] ?? host['no_proxy'];
  const list = [...(given ? [given] : []), '127.0.0.1', 'localhost', '::1'].join(',');
  return { NO_PROXY: list, no_proxy: list };
}

/** The whole environment of an agent process; nothing else is inherited (PROTOCOL.md §6). */
export function buildEnvironment(options: CliEnvironmentOptions): Record<string, string> {
  const { folders, host, model } = options;
  return {
    ...host,
    ...loopbackDirect(host),
    HOME: folders.home,
    CLAUDE_CONFIG_DIR: folders.config,
    TMPDIR: folders.tmp,
    CLAUDE_CODE_TMPDIR: folders.tmp,
    ...model,
    API_TIMEOUT_MS: String(options.apiTimeoutMs),
    CLAUDE_CODE_MAX_RETRIES: String(options.apiMaxRetries),
    // The transcript is written before the result instead of 100 ms after it (§5.4).
    CLAUDE_CODE_EAGER_FLUSH: '1',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    // `@path` in a prompt would be read and sent without any permission check (§3.2).
    CLAUDE_CODE_DISABLE_ATTACHMENTS: '1',
    // Files that the agent writes and that the CLI would read into the next prompt: its own notes, in the transcript folder.
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
    // `git status` for the system prompt runs programs that `.git/config` of the workspace names (fsmonitor, filters).
    CLAUDE_CODE_DISABLE_GIT_INSTRUCTIONS: '1',
    // A schedule would end with the process, which does not outlive the run.
    CLAUDE_CODE_DISABLE_CRON: '1',
    ...(options.memoryFiles ? {} : { CLAUDE_CODE_DISABLE_CLAUDE_MDS: '1' }),
    ...(options.confinedRoot ? { IS_SANDBOX: '1' } : {}),
    ...(options.tuning ? tunedEnvironment(options.tuning) : {}),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
}
