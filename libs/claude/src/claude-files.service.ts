import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from './config/index.js';
import { ClaudeError } from './error/index.js';
import {
  archiveOf,
  checkedPath,
  diffSince,
  type FileEntry,
  type FilesDiff,
  listFolder,
  openFile,
  type OpenFile,
  pathOf,
  removeFile,
  type RemoveOptions,
  writeFile,
  type WriteOptions,
  type Written,
} from './files/index.js';
import {
  ClaudeSessionService,
  decodeText,
  encodeText,
  type Owner,
  type Page,
  SessionSnapshots,
  SessionWorkspaces,
} from './session/index.js';

export interface FileListOptions {
  readonly limit: number;
  readonly recursive: boolean;
  readonly cursor?: string | undefined;
}

export interface WorkspaceDiff extends FilesDiff {
  readonly runId: string;
  readonly takenAt: string;
}

const DIFF_FILES = 1000;
const DIFF_CHARACTERS = 4 * 1024 ** 2;

/** The files of sessions, for their owners, whatever runs in them. Names are decoded ones, each a step down. */
@Injectable()
export class ClaudeFilesService {
  constructor(
    private readonly sessions: ClaudeSessionService,
    private readonly workspaces: SessionWorkspaces,
    private readonly snapshots: SessionSnapshots,
    private readonly config: ClaudeConfigService,
  ) {}

  /** A page of what is in a folder. @param path empty: the workspace itself */
  async list(
    id: string,
    owner: Owner,
    path: string,
    { cursor, ...options }: FileListOptions,
  ): Promise<Page<FileEntry>> {
    const names = pathOf(path);
    const after = cursor === undefined ? undefined : decodeText('files', cursor);
    const root = await this.find(id, owner);
    if (root === null && names.length === 0) return { data: [], nextCursor: null };
    if (root === null) throw new ClaudeError('files.not_found');
    const { data, next } = await listFolder(root, names, { ...options, after });
    return { data, nextCursor: next === null ? null : encodeText('files', next) };
  }

  /** A file that is open, or the entry of a folder. */
  async open(id: string, owner: Owner, names: readonly string[]): Promise<OpenFile | FileEntry> {
    const path = checkedPath(names);
    const root = await this.find(id, owner);
    if (root === null) throw new ClaudeError('files.not_found');
    return openFile(root, path);
  }

  async write(
    id: string,
    owner: Owner,
    names: readonly string[],
    content: Readable,
    options: Pick<WriteOptions, 'ifMatch' | 'ifAbsent'>,
  ): Promise<Written> {
    const path = checkedPath(names);
    const session = await this.sessions.get(id, owner);
    const { path: root, ...workspace } = await this.workspaces.writable(session);
    const limitBytes = this.config.options.maxFileBytes;
    return writeFile(root, path, content, { ...options, ...workspace, limitBytes });
  }

  async remove(id: string, owner: Owner, names: readonly string[], options: RemoveOptions): Promise<void> {
    const path = checkedPath(names);
    const session = await this.sessions.get(id, owner);
    const root = await this.workspaces.find(session);
    if (root === null) throw new ClaudeError('files.not_found');
    await removeFile(root, path, options);
    await this.workspaces.shrunk(session);
  }

  /** A folder as `tar.gz`. */
  async archive(id: string, owner: Owner, path: string): Promise<Readable> {
    const names = pathOf(path);
    const { maxArchiveBytes: maxBytes, maxArchiveEntries: maxEntries } = this.config.options;
    const root = await this.find(id, owner);
    if (root === null) throw new ClaudeError('files.not_found');
    return archiveOf(root, names, { maxBytes, maxEntries });
  }

  /** What is different now from the start of a run; of the newest one without its id. */
  async diff(id: string, owner: Owner, runId?: string): Promise<WorkspaceDiff> {
    const session = await this.sessions.get(id, owner);
    const kept = await this.snapshots.find(session, runId);
    const root = await this.workspaces.find(session);
    if (root === null) throw new ClaudeError('files.not_found');
    const limits = { maxFiles: DIFF_FILES, maxPatchCharacters: DIFF_CHARACTERS };
    return { runId: kept.runId, takenAt: kept.snapshot.takenAt, ...(await diffSince(root, kept, limits)) };
  }

  private async find(id: string, owner: Owner): Promise<string | null> {
    return this.workspaces.find(await this.sessions.get(id, owner));
  }
}
