import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { bytesBelow } from '../wrapper/index.js';
import { copyTree } from './copy-tree.js';
import { GitProgram } from './git-program.js';
import { checkOut, checkRepository } from './repository-checkout.js';
import { EMPTY_ORIGIN, type WorkspaceOrigin, type WorkspaceSource } from './workspace.types.js';

/** A workspace that is being filled is looked at so often, so that it does not fill the disk. */
const LOOK_MS = 500;

export interface Preparing {
  readonly source: WorkspaceSource;
  /** The empty folder. */
  readonly folder: string;
  /** Name of the branch that a checkout is on. */
  readonly branch: string;
}

export interface Prepared {
  readonly origin: WorkspaceOrigin;
  /** On disk. */
  readonly bytes: number;
}

/** What operators offer as the beginning of a workspace, and how it gets there. */
@Injectable()
export class ClaudeWorkspaceService implements OnModuleInit {
  private readonly logger = new Logger('Workspace');
  private readonly git: GitProgram;

  constructor(private readonly config: ClaudeConfigService) {
    this.git = new GitProgram(join(config.dataDir, 'git'), config.hostVariables['PATH'] ?? '');
  }

  /** @throws ClaudeError `workspace.unavailable`, `workspace.too_large`: what is offered has to be there at the start */
  async onModuleInit(): Promise<void> {
    const { workspaceTemplates, workspaceRepositories } = this.config.options;
    for (const [name, path] of Object.entries(workspaceTemplates)) {
      await this.checkFolder(name, path);
      this.checkSize(name, await bytesBelow([path]));
    }
    for (const [name, path] of Object.entries(workspaceRepositories)) {
      await this.checkFolder(name, path);
      await checkRepository(this.git, { name, path });
    }
    const offered = { templates: Object.keys(workspaceTemplates), repositories: Object.keys(workspaceRepositories) };
    if (offered.templates.length + offered.repositories.length > 0) this.logger.log(offered, 'workspaces are offered');
  }

  /** @throws ClaudeError `request.invalid` for what is not offered; nothing is looked at yet */
  check(source: WorkspaceSource, field = 'workspace'): void {
    const { workspaceTemplates, workspaceRepositories } = this.config.options;
    if (source.kind === 'template' && !Object.hasOwn(workspaceTemplates, source.name))
      throw notOffered(`${field}.name`, 'template', source.name);
    if (source.kind === 'worktree' && !Object.hasOwn(workspaceRepositories, source.repository))
      throw notOffered(`${field}.repository`, 'repository', source.repository);
  }

  /**
   * Fills an empty folder. It belongs to the server's user afterwards.
   *
   * @throws ClaudeError `request.invalid`, `workspace.*`; what was written so far is the caller's to remove
   */
  async prepare({ source, folder, branch }: Preparing): Promise<Prepared> {
    this.check(source);
    if (source.kind === 'empty') return { origin: EMPTY_ORIGIN, bytes: 0 };
    const name = source.kind === 'template' ? source.name : source.repository;
    const origin =
      source.kind === 'template'
        ? await this.copy(name, folder)
        : await this.watched(name, folder, (signal) => this.branch(name, source.ref ?? null, folder, branch, signal));
    const bytes = await bytesBelow([folder]);
    this.checkSize(name, bytes);
    return { origin, bytes };
  }

  private async copy(name: string, folder: string): Promise<WorkspaceOrigin> {
    const path = this.config.options.workspaceTemplates[name]!;
    const unavailable = (cause: NodeJS.ErrnoException | ClaudeError) => {
      if (cause instanceof ClaudeError) throw cause;
      throw new ClaudeError('workspace.unavailable', { name, reason: cause.code ?? 'it cannot be read' }, { cause });
    };
    // It may have changed since the start.
    await stat(path).catch(unavailable);
    this.checkSize(name, await bytesBelow([path]));
    await copyTree(path, folder, { name, limitBytes: this.config.options.maxWorkspaceBytes }).catch(unavailable);
    return { kind: 'template', name, ref: null, commit: null };
  }

  private async branch(
    name: string,
    ref: string | null,
    target: string,
    branch: string,
    signal: AbortSignal,
  ): Promise<WorkspaceOrigin> {
    const repository = { name, path: this.config.options.workspaceRepositories[name]! };
    const commit = await checkOut(this.git, { repository, ref, target, branch }, signal);
    return { kind: 'worktree', name, ref, commit };
  }

  /** What a history has on disk is known only when it is there. */
  private async watched<T>(name: string, folder: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const look = async () => {
      try {
        this.checkSize(name, await bytesBelow([folder]));
      } catch (error) {
        controller.abort(error);
      }
    };
    const timer = setInterval(() => void look(), LOOK_MS);
    try {
      return await work(controller.signal);
    } finally {
      clearInterval(timer);
    }
  }

  private checkSize(name: string, bytes: number): void {
    const { maxWorkspaceBytes: limit } = this.config.options;
    if (limit > 0 && bytes > limit) throw new ClaudeError('workspace.too_large', { name, bytes, limit });
  }

  private async checkFolder(name: string, path: string): Promise<void> {
    const real = await realpath(path).catch(() => null);
    const fault =
      real === null || !(await stat(real)).isDirectory()
        ? 'there is no such folder'
        : touches(real, await realpath(this.config.folder()))
          ? 'it lies in the data folder, or around it'
          : null;
    if (fault !== null) throw new ClaudeError('workspace.unavailable', { name, reason: fault });
  }
}

const touches = (one: string, other: string): boolean =>
  `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);

const notOffered = (field: string, what: string, name: string): ClaudeError =>
  ClaudeError.invalid([{ field, reason: `names no ${what} that the operator offers: ${name}` }]);
