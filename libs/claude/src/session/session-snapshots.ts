import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { ClaudeConfigService, isId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { makeFolder, type Snapshot, takeSnapshot } from '../files/index.js';
import { SessionFolderStore } from './session-folders.js';
import { type SessionHold } from './session-lender.types.js';
import { type SessionRecord } from './session.types.js';

/** The newest of a session are kept; when there are so many, the oldest go. */
const KEPT = 20;
const TOO_MANY = 30;

export interface KeptSnapshot {
  readonly runId: string;
  readonly snapshot: Snapshot;
  /** Folder of the texts that it names. */
  readonly texts: string;
}

/**
 * What was in the workspace of a session when its runs began. It lies beside the workspace in the folder of the session,
 * where its user does not look, and goes away with it.
 */
@Injectable()
export class SessionSnapshots {
  private readonly logger = new Logger('Session');

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly folders: SessionFolderStore,
  ) {}

  /**
   * Looks now; no tool of the session may run. Never throws: what fails is a snapshot that is not there. Null also while
   * there is no process, and with it no workspace.
   */
  async take({ sessionId, process }: SessionHold): Promise<Snapshot | null> {
    const { snapshotMaxFiles: maxFiles } = this.config.options;
    if (maxFiles === 0 || process === null) return null;
    const { workspace } = process.folders;
    const folder = folderOf(workspace);
    try {
      const before = await newest(folder);
      return await takeSnapshot(workspace, { texts: textsOf(folder), before, maxFiles });
    } catch (error) {
      this.logger.warn({ sessionId, reason: (error as Error).message }, 'what a workspace has could not be kept');
      return null;
    }
  }

  /** Writes it down as that of a run, in the folder that its process works in. Never throws. */
  async keep({ process }: SessionHold, runId: string, snapshot: Snapshot | null): Promise<void> {
    if (snapshot === null || process === null) return;
    const folder = folderOf(process.folders.workspace);
    try {
      // A later attempt goes on with what an earlier one has done.
      if ((await read(join(folder, `${runId}.json`))) !== null) return;
      await makeFolder(folder);
      await put(join(folder, `${runId}.json`), JSON.stringify(snapshot));
      await put(join(folder, 'newest'), runId);
      await prune(folder);
    } catch (error) {
      this.logger.warn({ runId, reason: (error as Error).message }, 'what a workspace had could not be kept');
    }
  }

  /**
   * That of a run, or the newest.
   *
   * @throws ClaudeError `files.no_snapshot`
   */
  async find({ place }: SessionRecord, runId?: string): Promise<KeptSnapshot> {
    const folder = folderOf(this.folders.paths(place).workspace);
    const id = runId ?? (await readFile(join(folder, 'newest'), 'utf8').catch(() => ''));
    const snapshot = isId(id) ? await read(join(folder, `${id}.json`)) : null;
    if (!snapshot) throw new ClaudeError('files.no_snapshot', { reason: 'it was not kept, or is too old' });
    if (snapshot.missing !== null) throw new ClaudeError('files.no_snapshot', { reason: snapshot.missing });
    return { runId: id, snapshot, texts: textsOf(folder) };
  }
}

const folderOf = (workspace: string): string => join(dirname(workspace), 'snapshots');
const textsOf = (folder: string): string => join(folder, 'texts');

async function newest(folder: string): Promise<Snapshot | null> {
  const id = await readFile(join(folder, 'newest'), 'utf8').catch(() => null);
  return id === null ? null : read(join(folder, `${id}.json`));
}

/** One that a crash has cut off is none. */
async function read(path: string): Promise<Snapshot | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Snapshot;
  } catch {
    return null;
  }
}

async function put(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  if (names.length < TOO_MANY) return;
  // Ids of runs sort by their time.
  const kept = new Set(names.toSorted().slice(-KEPT));
  const needed = new Set<string>();
  for (const name of names) {
    if (!kept.has(name)) await rm(join(folder, name), { force: true });
    else
      for (const { text } of Object.values((await read(join(folder, name)))?.files ?? {})) if (text) needed.add(text);
  }
  const texts = await readdir(textsOf(folder)).catch(() => []);
  for (const text of texts) if (!needed.has(text)) await rm(join(textsOf(folder), text), { force: true });
}
