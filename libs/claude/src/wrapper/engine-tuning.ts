import { randomUUID } from 'node:crypto';
import { chmod, lstat, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LoggerService } from '@nestjs/common';
import { usesMusl } from '@steward/host';
import { type CliTuning, FORGET_TUNING, tuningVariables } from '../command/index.js';
import { type CliInfo } from './cli-locator.js';

/** In the data folder, beside the sessions: an agent may read it by its name, and only the server may write it. */
const SHELL_SETUP = 'shell-setup.sh';
const MODE = 0o444;
/** A draft of it that is older was left by a server that was killed. */
const LEFT_AFTER_MS = 60_000;

/** What a CLI on this host is to be tried with. */
export const WANTED_TUNING = tuningVariables(usesMusl());

/**
 * What the next process of this CLI gets; null for one that starts as it is: also where the file for its shells cannot
 * be made, since commands of an agent would see the tuning then.
 */
export async function tuningOf(
  cli: CliInfo,
  dataDir: string,
  logger: Pick<LoggerService, 'warn'>,
): Promise<CliTuning | null> {
  if (!cli.tuned) return null;
  try {
    return { variables: WANTED_TUNING, shellSetup: await shellSetup(dataDir) };
  } catch (error) {
    logger.warn({ err: error as Error }, 'the CLI starts as it is: its shells could not be told to forget a tuning');
    return null;
  }
}

/**
 * The file that a bash of an agent reads first (`BASH_ENV`), made or mended where it is not there or is not as it has
 * to be. Servers that share the data folder write the same.
 */
async function shellSetup(dataDir: string): Promise<string> {
  const path = join(dataDir, SHELL_SETUP);
  if (await isAsWritten(path)) return path;
  await removeLeftDrafts(dataDir);
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, FORGET_TUNING, { flag: 'wx' });
    // The mode of a new file is what the server's umask leaves of it.
    await chmod(draft, MODE);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return path;
}

/** Nothing but a file is opened: a pipe in its place would wait for somebody who writes. */
async function isAsWritten(path: string): Promise<boolean> {
  const there = await lstat(path).catch(() => null);
  if (!there?.isFile() || (there.mode & 0o777) !== MODE || there.size !== FORGET_TUNING.length) return false;
  return (await readFile(path, 'utf8').catch(() => null)) === FORGET_TUNING;
}

async function removeLeftDrafts(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch(() => []);
  for (const name of names.filter((entry) => entry.startsWith(`${SHELL_SETUP}.`))) {
    const draft = join(dataDir, name);
    const { mtimeMs } = (await lstat(draft).catch(() => null)) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > LEFT_AFTER_MS) await rm(draft, { force: true });
  }
}
