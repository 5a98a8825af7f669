import { constants } from 'node:fs';
import { type FileHandle, open, readdir, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Opens the transcript of a conversation, a file below a folder that the agent can write: whatever it has put in the
 * place of a folder or of the file, nothing outside is opened. Null when there is none.
 */
export async function openTranscript(config: string, cliSessionId: string): Promise<FileHandle | null> {
  const found = await findTranscript(config, cliSessionId);
  if (found === null) return null;
  const file = await open(found, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (!file) return null;
  const [is, root] = await Promise.all([readlink(`/proc/self/fd/${file.fd}`), realpath(config)]);
  if (is.startsWith(`${root}/projects/`) && (await file.stat()).isFile()) return file;
  await file.close();
  return null;
}

/** Its path by the names of folders alone. */
export async function findTranscript(config: string, cliSessionId: string): Promise<string | null> {
  const projects = join(config, 'projects');
  const name = `${cliSessionId}.jsonl`;
  for (const folder of await readdir(projects).catch(() => [])) {
    const names = await readdir(join(projects, folder)).catch((): string[] => []);
    if (names.includes(name)) return join(projects, folder, name);
  }
  return null;
}
