import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where git would read the system's and the user's settings, it reads these. A repository may belong to anybody. */
const SETTINGS = `[safe]
	directory = *
[core]
	hooksPath = /dev/null
	fsmonitor = false
[gc]
	auto = 0
[maintenance]
	auto = false
`;

/** They win over what a repository says of itself, which may name programs. */
const OVERRIDES = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.pager=cat',
  'core.sshCommand=false',
  'core.askPass=false',
  'credential.helper=',
  'submodule.recurse=false',
].flatMap((setting) => ['-c', setting]);

export interface GitOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/** `git` with an environment that is built here, so that no repository makes it run a program of its own. */
export class GitProgram {
  private settings: Promise<string> | undefined;

  /** @param folder for the settings, the server's alone */
  constructor(
    private readonly folder: string,
    private readonly searchPath: string,
  ) {}

  /** @returns what it prints; throws what `execFile` throws, with `stderr` */
  async run(words: readonly string[], { signal, timeoutMs }: GitOptions): Promise<string> {
    const { stdout } = await run('git', [...OVERRIDES, ...words], {
      cwd: this.folder,
      env: {
        PATH: this.searchPath,
        HOME: this.folder,
        LC_ALL: 'C',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: await this.settingsFile(),
        GIT_ATTR_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_OPTIONAL_LOCKS: '0',
        // What is missing in a partial clone is not fetched from anywhere.
        GIT_NO_LAZY_FETCH: '1',
        GIT_ALLOW_PROTOCOL: 'file',
      },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(signal ? { signal } : {}),
    });
    return stdout.trim();
  }

  private settingsFile(): Promise<string> {
    this.settings ??= this.writeSettings().catch((error: unknown) => {
      this.settings = undefined;
      throw error;
    });
    return this.settings;
  }

  private async writeSettings(): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = join(this.folder, 'gitconfig');
    await writeFile(path, SETTINGS, { mode: 0o600 });
    return path;
  }
}
