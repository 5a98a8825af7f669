import { readdir } from 'node:fs/promises';
import { ClaudeError } from '../error/index.js';
import { type GitProgram } from './git-program.js';

/** Of a question to git, and of all that makes a checkout. */
const ASK_MS = 20_000;
const CHECKOUT_MS = 10 * 60_000;
/** Keys of a repository whose missing objects would be fetched from elsewhere, by a program that it names. */
const PARTIAL = '^(extensions\\.partialclone|remote\\..*\\.promisor)$';

export interface Checkout {
  readonly repository: { readonly name: string; readonly path: string };
  /** A branch, tag or commit; null for what is checked out in the repository. */
  readonly ref: string | null;
  /** An empty folder. */
  readonly target: string;
  /** Name of the branch that the checkout is on. */
  readonly branch: string;
}

/**
 * Checks that this is a repository which is all there.
 *
 * @throws ClaudeError `workspace.unavailable`
 */
export async function checkRepository(git: GitProgram, { name, path }: Checkout['repository']): Promise<void> {
  const broken = (reason: string, cause?: unknown) =>
    new ClaudeError('workspace.unavailable', { name, reason }, { cause });
  await git.run(['-C', path, 'rev-parse', '--git-dir'], { timeoutMs: ASK_MS }).catch((cause: NodeJS.ErrnoException) => {
    throw broken(cause.code === 'ENOENT' ? 'git was not found' : 'it is no git repository', cause);
  });
  // The question ends with 1 where there is no such key.
  const partial = await git
    .run(['-C', path, 'config', '--get-regexp', PARTIAL], { timeoutMs: ASK_MS })
    .catch((error: Error & { code?: unknown }) => {
      if (error.code === 1) return '';
      throw broken('its configuration cannot be read', error);
    });
  if (partial !== '') throw broken('it is a partial clone');
}

/**
 * A repository of its own with the history of one ref, on a new branch; it knows nothing of where it came from.
 *
 * @returns id of the commit
 * @throws ClaudeError `workspace.ref_not_found`, `workspace.unavailable`; the signal's reason
 */
export async function checkOut(git: GitProgram, asked: Checkout, signal: AbortSignal): Promise<string> {
  const { repository, ref, target, branch } = asked;
  await checkRepository(git, repository);
  const commit = await commitOf(git, asked, signal);
  const inTarget = (...words: string[]) => git.run(['-C', target, ...words], { signal, timeoutMs: CHECKOUT_MS });
  try {
    // Without a template there are no hooks.
    await git.run(['init', '--quiet', '--template=', `--initial-branch=${branch}`, '--', target], {
      signal,
      timeoutMs: ASK_MS,
    });
    await inTarget(
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-gc',
      '--',
      repository.path,
      commit,
    );
    await inTarget('update-ref', `refs/heads/${branch}`, commit);
    await inTarget('reset', '--quiet', '--hard', '--no-recurse-submodules');
    // An agent that commits needs a name; it has no settings of its own.
    await inTarget('config', 'user.name', 'Steward session');
    await inTarget('config', 'user.email', 'session@localhost');
  } catch (cause) {
    signal.throwIfAborted();
    const reason =
      (await readdir(target).catch(() => null)) === null ? 'its folder is gone' : 'git could not check it out';
    throw new ClaudeError('workspace.unavailable', { name: repository.name, ref, reason }, { cause });
  }
  return commit;
}

async function commitOf(git: GitProgram, { repository, ref }: Checkout, signal: AbortSignal): Promise<string> {
  const words = ['rev-parse', '--quiet', '--verify', '--end-of-options', `${ref ?? 'HEAD'}^{commit}`];
  return git.run(['-C', repository.path, ...words], { signal, timeoutMs: ASK_MS }).catch((cause: unknown) => {
    throw new ClaudeError('workspace.ref_not_found', { name: repository.name, ref: ref ?? 'HEAD' }, { cause });
  });
}
