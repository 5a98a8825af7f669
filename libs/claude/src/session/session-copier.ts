import { constants } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { type CopyBound, copyTree } from '../workspace/index.js';
import { fileLines } from './file-lines.js';
import { SessionFolderStore } from './session-folders.js';
import { findTranscript, openTranscript } from './transcript-file.js';

export interface CopyOf {
  readonly place: string;
  readonly cliSessionId: string;
}

/** Copies a session at rest: its workspace, and its conversation under a new id. */
@Injectable()
export class SessionCopier {
  constructor(
    private readonly folders: SessionFolderStore,
    private readonly config: ClaudeConfigService,
  ) {}

  /**
   * Call it while nothing runs in the original. The copy belongs to the server's user until its first process.
   *
   * @returns bytes on disk of the copy
   * @throws ClaudeError `workspace.too_large`, `workspace.unavailable`
   */
  async copy(from: CopyOf, to: CopyOf): Promise<number> {
    const [source, target] = [this.folders.paths(from.place), await this.folders.create(to.place, null)];
    // Where nothing has run, and nothing was put, there is none.
    if (await this.folders.exists(from.place)) await copyTree(source.workspace, target.workspace, this.bound);
    await this.copyConversation(from, to, { source: source.config, target: target.config });
    return this.folders.bytes(to.place);
  }

  /**
   * The folder of a transcript is named after the workspace, and its lines name both: the names of places and ids have
   * one length each, so that every mention of the old ones becomes the new.
   */
  private async copyConversation(
    from: CopyOf,
    to: CopyOf,
    { source, target }: { source: string; target: string },
  ): Promise<void> {
    const file = await openTranscript(source, from.cliSessionId);
    const path = await findTranscript(source, from.cliSessionId);
    if (!file || path === null) return;
    const renamed = (text: string) =>
      text.replaceAll(from.place, to.place).replaceAll(from.cliSessionId, to.cliSessionId);
    try {
      const project = dirname(path);
      const folder = join(target, 'projects', renamed(basename(project)));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Large outputs of tools, which the conversation names, and what subagents said.
      const beside = join(project, from.cliSessionId);
      if (await isFolder(beside)) await copyTree(beside, join(folder, to.cliSessionId), this.bound);
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
      const copy = await open(join(folder, `${to.cliSessionId}.jsonl`), flags, 0o600);
      try {
        for await (const { line } of fileLines(file, 0)) await copy.write(`${renamed(line)}\n`);
      } finally {
        await copy.close();
      }
    } finally {
      await file.close();
    }
  }

  private get bound(): CopyBound {
    return { name: 'the session', limitBytes: this.config.options.maxWorkspaceBytes };
  }
}

const isFolder = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
