import { chmod, chown, lchown, lstat, mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { foldersBelow, joinBytes, removeTree } from '@steward/host';
import { type CliFolders } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { bytesBelow, openWay } from '../wrapper/index.js';

export type SessionFolders = CliFolders & { readonly workspace: string };

/** What the CLI's transcript says about a conversation: nothing there, only a beginning without a message, or turns. */
export type TranscriptState = 'none' | 'empty' | 'turns';

const BEGINNING_BYTES = 64 * 1024;

async function readBeginning(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Changes the owner of a folder and of all in it; links are not followed. */
async function giveTo(path: string, uid: number): Promise<void> {
  for await (const folder of foldersBelow(path)) {
    for (const { name } of folder.entries) await lchown(joinBytes(folder.path, name), uid, uid);
  }
  await lchown(path, uid, uid);
}

/** A folder of mode 0700 that belongs, with all in it, to this user; null: to whom it belongs. */
async function makeFor(path: string, uid: number | null): Promise<void> {
  const isNew = (await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined;
  if (isNew && uid !== null) await lchown(path, uid, uid);
  if (isNew) return;
  const there = await lstat(path);
  if (uid !== null && there.uid !== uid) await giveTo(path, uid);
  // An agent may shut its own folders, and no other one could start in them.
  if (there.isDirectory() && (there.mode & 0o777) !== 0o700) await chmod(path, 0o700);
}

/**
 * The folders of a session: private, of its own, below one root that goes away with it. The root's name is the place
 * of the session: its id, or that of the spare process that it began with.
 */
@Injectable()
export class SessionFolderStore {
  constructor(private readonly config: ClaudeConfigService) {}

  paths(place: string): SessionFolders {
    const root = this.root(place);
    return {
      workspace: join(root, 'workspace'),
      home: join(root, 'home'),
      config: join(root, 'config'),
      tmp: join(root, 'tmp'),
    };
  }

  /**
   * The folders, of mode 0700 and the session's user. Their parent stays the server's, so that an agent cannot put
   * something else in their place; others may pass through it, but not look.
   */
  async create(place: string, uid: number | null): Promise<SessionFolders> {
    const folders = this.paths(place);
    const root = this.root(place);
    await mkdir(root, { recursive: true, mode: 0o700 });
    if (uid !== null) {
      openWay(this.config.dataDir, dirname(root));
      // Only its own group passes: whatever an agent allows others in its folders, they do not get there.
      await chown(root, process.geteuid?.() ?? 0, uid);
      await chmod(root, 0o710);
    }
    await Promise.all(Object.values(folders).map((path) => makeFor(path, uid)));
    return folders;
  }

  /** Whether there is a workspace already: one that nothing has run in may have none. */
  async exists(place: string): Promise<boolean> {
    return stat(this.paths(place).workspace).then(
      () => true,
      () => false,
    );
  }

  /** Bytes on disk of all that a session may write. */
  bytes(place: string): Promise<number> {
    return bytesBelow(Object.values(this.paths(place)));
  }

  async remove(place: string): Promise<void> {
    await removeTree(this.root(place));
  }

  /**
   * Whether a conversation can be resumed. Its id cannot be used anew once a transcript exists, and cannot be resumed
   * while that has no message (PROTOCOL.md §1.2); both happen when a process was ended very early.
   */
  async transcript(place: string, cliSessionId: string): Promise<TranscriptState> {
    const projects = join(this.paths(place).config, 'projects');
    const folders = await readdir(projects).catch(() => []);
    for (const folder of folders) {
      const beginning = await readBeginning(join(projects, folder, `${cliSessionId}.jsonl`)).catch(() => null);
      if (beginning === null) continue;
      // A transcript that is longer than its beginning has more than a beginning.
      const hasTurns = beginning.length === BEGINNING_BYTES || /"type":"(user|assistant)"/.test(beginning.toString());
      return hasTurns ? 'turns' : 'empty';
    }
    return 'none';
  }

  private root(place: string): string {
    return join(this.config.dataDir, 'sessions', place);
  }
}
