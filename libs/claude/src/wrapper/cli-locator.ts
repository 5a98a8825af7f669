import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath, isExecutable } from '@steward/host';
import { ClaudeError, redact } from '../error/index.js';

const run = promisify(execFile);
const VERSION_TIMEOUT_MS = 15_000;
const ANYWHERE = /\d+\.\d+\.\d+\S*/;
/** Whatever else is printed with a tuning may be about the tuning. */
const AS_IT_SAYS_IT = /^\d+\.\d+\.\d+\S*/;

export interface CliInfo {
  readonly path: string;
  readonly version: string;
  /** Where it was found: setting, path or package. */
  readonly source: 'setting' | 'path' | 'package';
  /** Whether it starts with what makes its engine answer sooner; false too where that is not wanted. */
  readonly tuned: boolean;
}

export interface CliSearch {
  readonly setting: string | null;
  readonly searchPath: string;
  /** Module from which node_modules is looked for upwards. */
  readonly from: string;
  readonly home: string;
  /** Variables that make its engine answer sooner; null to leave it as it is. */
  readonly tuning: Readonly<Record<string, string>> | null;
}

/**
 * The CLI: the setting, then PATH, then the npm package (its link, or its binary where install scripts are off).
 *
 * @throws ClaudeError `cli.not_found` when there is none, `cli.unusable` when the one found does not tell its version
 */
export async function locateCli(search: CliSearch): Promise<CliInfo> {
  const [source, found] = candidate(search);
  // npm puts a link on PATH; a sandbox shows the folder of the program itself.
  const path = realpathSync(found);
  try {
    const plain = {
      PATH: search.searchPath,
      HOME: search.home,
      CLAUDE_CONFIG_DIR: search.home,
      DISABLE_AUTOUPDATER: '1',
    };
    const tuned =
      search.tuning && (await versionOf(path, { ...plain, ...search.tuning }, AS_IT_SAYS_IT).catch(() => null));
    return { path, version: tuned ?? (await versionOf(path, plain)), source, tuned: tuned !== null };
  } catch (cause) {
    throw new ClaudeError('cli.unusable', { source, reason: lastWords(cause) }, { cause });
  }
}

async function versionOf(path: string, env: Record<string, string>, pattern = ANYWHERE): Promise<string> {
  const { stdout } = await run(path, ['--version'], { timeout: VERSION_TIMEOUT_MS, env });
  const version = pattern.exec(stdout)?.[0];
  if (!version) throw new Error('it printed no version');
  return version;
}

/** What the program said on stderr, last; redacted, since it may be anything. */
function lastWords(cause: unknown): string {
  const { stderr, message } = cause as { stderr?: string; message: string };
  const said = stderr?.trim().split('\n').at(-1) || message.split('\n')[0] || 'it does not tell its version';
  return redact(said.slice(0, 200));
}

function candidate({ setting, searchPath, from }: CliSearch): [CliInfo['source'], string] {
  if (setting !== null) {
    if (isExecutable(setting)) return ['setting', setting];
    throw new ClaudeError('cli.not_found', { source: 'setting', reason: 'CLAUDE_CLI_PATH names no executable file' });
  }
  const onPath = findOnPath(searchPath, 'claude');
  if (onPath) return ['path', onPath];
  const inPackage = packageBinary(from);
  if (inPackage) return ['package', inPackage];
  throw new ClaudeError('cli.not_found', { reason: 'neither CLAUDE_CLI_PATH, nor PATH, nor node_modules has it' });
}

function packageBinary(from: string): string | undefined {
  const names = [`@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`, '.bin/claude'];
  for (let folder = dirname(from); folder !== dirname(folder); folder = dirname(folder)) {
    const found = names.map((name) => join(folder, 'node_modules', name)).find(isExecutable);
    if (found) return found;
  }
  return undefined;
}
