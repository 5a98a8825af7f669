import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { usesMusl } from '@steward/host';
import { type CliTuning, FORGET_TUNING, tuningVariables } from '../command/index.js';
import { type CliInfo } from './cli-locator.js';

/** In the data folder, beside the sessions: an agent may read it by its name, and only the server may write it. */
const SHELL_SETUP = 'shell-setup.sh';

/** Variables that a CLI on this host is to be tried with. */
export const wantedTuning = (): CliTuning['variables'] => tuningVariables(!usesMusl());

/**
 * What the next process of this CLI gets; null for one that starts as it is.
 *
 * @param warn is told why the file for its shells could not be made; commands of an agent would see the tuning then
 */
export async function tuningOf(
  cli: CliInfo,
  dataDir: string,
  warn: (error: unknown) => void,
): Promise<CliTuning | null> {
  if (!cli.tuned) return null;
  try {
    return { variables: wantedTuning(), shellSetup: await shellSetup(dataDir) };
  } catch (error) {
    warn(error);
    return null;
  }
}

/**
 * The file that a bash of an agent reads first (`BASH_ENV`), made or mended where it is not there or says something
 * else. Servers that share the data folder write the same.
 */
async function shellSetup(dataDir: string): Promise<string> {
  const path = join(dataDir, SHELL_SETUP);
  if ((await readFile(path, 'utf8').catch(() => null)) === FORGET_TUNING) return path;
  const fresh = `${path}.${randomUUID()}`;
  await writeFile(fresh, FORGET_TUNING, { mode: 0o444, flag: 'wx' });
  await rename(fresh, path);
  return path;
}
