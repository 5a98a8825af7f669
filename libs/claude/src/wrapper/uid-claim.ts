import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ClaudeError } from '../error/index.js';

const run = promisify(execFile);
const TIMEOUT_MS = 20_000;

/** User ids that belong to the sessions of one Redis on this host; both ends included. */
export interface UidBlock {
  readonly first: number;
  readonly last: number;
}

export interface UidClaim {
  /** Folder of the claims of this host, root's alone. */
  readonly directory: string;
  /** Who gives out the ids. */
  readonly owner: string;
  readonly dataDir: string;
  /** What the claim chooses from. */
  readonly range: UidBlock;
  readonly count: number;
  /** The only block that will do; null for any. */
  readonly first: number | null;
}

type Told =
  ({ readonly type: 'uids' } & UidBlock) | { readonly type: 'error'; readonly code: string; readonly message: string };

/**
 * Claims a block on this host (docs/protocol.md, "The claim of user ids").
 *
 * @returns the block; a text says why this host lets nobody claim anything
 * @throws ClaudeError `cli.sandbox_unavailable` when others have claimed what is asked for; `cli.spawn_failed` when the
 * claim could not be made now
 */
export async function claimUids(
  [program, ...words]: readonly string[],
  claim: UidClaim,
  env: Readonly<Record<string, string>>,
): Promise<UidBlock | string> {
  const { directory, owner, dataDir, range, count, first } = claim;
  const asked = ['--claim-uids', directory, '--owner', owner, '--folder', dataDir, '--block', String(count)];
  const which = ['--range', `${range.first}-${range.last}`, ...(first === null ? [] : ['--first', String(first)])];
  // It exits with another code than 0 where it tells an error.
  const { stdout } = await run(program!, [...words, ...asked, ...which], { env, timeout: TIMEOUT_MS }).catch(
    (error: Error & { stdout?: string }) => {
      if (error.stdout?.startsWith('{')) return { stdout: error.stdout };
      throw error;
    },
  );
  const told = JSON.parse(stdout) as Told;
  if (told.type === 'uids') return { first: told.first, last: told.last };
  if (told.code === 'uids_unclaimable') return told.message;
  if (told.code === 'uids_failed') throw new ClaudeError('cli.spawn_failed', { errno: told.message });
  const reason = `${told.message}; give this server others by STEWARD_SANDBOX_FIRST_UID or STEWARD_SANDBOX_UIDS`;
  throw new ClaudeError('cli.sandbox_unavailable', { mode: 'user', reason });
}
