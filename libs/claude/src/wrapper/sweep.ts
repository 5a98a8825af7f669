import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type UidBlock } from './uid-claim.js';

const run = promisify(execFile);
const TIMEOUT_MS = 20_000;

interface Swept {
  readonly ended: number;
  /** Processes that could not be ended. */
  readonly remaining: number;
}

/** Signs beside the mark by which a process is known that has cleared its environment. */
export interface SweepSigns {
  /** User ids that belong to agents alone. */
  readonly uids: UidBlock | null;
  /** Directory of the supervisors' cgroups. */
  readonly cgroup: string | null;
}

/**
 * Ends what is left where server and keepers died at once. Found by mark, never by name; what belongs to a living
 * server is left alone (docs/protocol.md, "The sweep").
 */
export async function sweep(
  [program, ...words]: readonly string[],
  markPrefix: string,
  { uids, cgroup }: SweepSigns,
  env: Readonly<Record<string, string>>,
): Promise<Swept> {
  const signs = [
    ...(uids === null ? [] : ['--uids', `${uids.first}-${uids.last}`]),
    ...(cgroup === null ? [] : ['--cgroup', cgroup]),
  ];
  const { stdout } = await run(program!, [...words, '--sweep', markPrefix, ...signs], { env, timeout: TIMEOUT_MS });
  const { ended = [], remaining = 0 } = JSON.parse(stdout) as { ended?: readonly unknown[]; remaining?: number };
  return { ended: ended.length, remaining };
}
