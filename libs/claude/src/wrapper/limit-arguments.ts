import { type ClaudeOptions } from '../config/index.js';
import { type ErrorCode } from '../error/index.js';

/**
 * Options of the supervisor that bound one agent process; 0 stands for no bound.
 *
 * @param folders what the session may write, all of which counts towards the bound of its files
 * @param grownToBytes what the files had when they were found too large, else 0. Its next agents have twice the bound, since
 *   somebody has to live to remove some; the figure itself is of a walk that ended at the bound
 */
export function limitArguments(options: ClaudeOptions, folders: readonly string[], grownToBytes: number): string[] {
  const { maxWorkspaceBytes } = options;
  const allowedBytes = grownToBytes > 0 ? 2 * maxWorkspaceBytes : maxWorkspaceBytes;
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
