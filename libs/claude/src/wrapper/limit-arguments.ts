import { type ClaudeOptions } from '../config/index.js';
import { type ErrorCode } from '../error/index.js';

/**
 * Options of the supervisor that bound one agent process; 0 stands for no bound.
 *
 * @param folders what the session may write, all of which counts towards the bound of its files
 * @param presentBytes what the files of a session have that were found too large, else 0. Its next agents may have half the
 *   bound more, and twice the bound at least, since somebody has to live to remove some
 */
export function limitArguments(options: ClaudeOptions, folders: readonly string[], presentBytes: number): string[] {
  const { maxWorkspaceBytes } = options;
  const allowedBytes =
    presentBytes > 0 && maxWorkspaceBytes > 0
      ? Math.max(2 * maxWorkspaceBytes, presentBytes + Math.ceil(maxWorkspaceBytes / 2))
      : maxWorkspaceBytes;
  const bounds: Record<string, number> = {
    '--max-memory-bytes': options.maxMemoryBytes,
    '--warn-memory-bytes': options.warnMemoryBytes,
    '--max-cpu-ms': options.maxRunCpuMs,
    '--max-processes': options.maxProcesses,
    '--max-open-files': options.maxOpenFiles,
    '--max-file-size-bytes': options.maxFileSizeBytes,
    '--max-wall-ms': options.maxProcessLifeMs,
    '--max-workspace-bytes': allowedBytes,
  };
  const words = Object.entries(bounds).flatMap(([name, bound]) => (bound > 0 ? [name, String(bound)] : []));
  const counted = folders.flatMap((folder) => ['--workspace', folder]);
  return [...words, ...counted, ...(options.cgroup === null ? [] : ['--cgroup', options.cgroup])];
}

/**
 * Limits whose warning means that the process should not serve another run. CPU time counts by the run, the number of
 * processes goes down again, and the files of a session are the same for its next process.
 */
export const WEARING: ReadonlySet<string> = new Set(['memory', 'wall']);

/** The failure behind the supervisor's reason `limit:<name>`. */
export const LIMIT_CODES: Readonly<Record<string, ErrorCode>> = {
  'limit:memory': 'cli.memory_exceeded',
  'limit:cpu': 'cli.cpu_exceeded',
  'limit:processes': 'cli.processes_exceeded',
  'limit:wall': 'cli.life_exceeded',
  'limit:workspace': 'cli.workspace_exceeded',
};
