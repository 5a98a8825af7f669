import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What an operator offers for workspaces: a template `begin`, and a repository `shop` with one commit. */
export class OfferedFolders implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), 'steward-offered-'));

  constructor(bytes: number) {
    chmodSync(this.root, 0o755);
    mkdirSync(this.template);
    writeFileSync(join(this.template, 'file.txt'), Buffer.alloc(bytes, 1));
    mkdirSync(this.repository);
    const git = (...words: string[]) =>
      execFileSync('git', ['-C', this.repository, '-c', 'user.name=x', '-c', 'user.email=x@y', ...words]);
    git('init', '-q', '-b', 'main');
    writeFileSync(join(this.repository, 'file.txt'), 'one\n');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
  }

  get template(): string {
    return join(this.root, 'template');
  }

  get repository(): string {
    return join(this.root, 'repository');
  }

  get env(): Record<string, string> {
    return {
      STEWARD_WORKSPACE_TEMPLATES: `begin=${this.template}`,
      STEWARD_WORKSPACE_REPOSITORIES: `shop=${this.repository}`,
    };
  }

  /** As if somebody had moved it away. */
  moveRepository(): () => void {
    renameSync(this.repository, `${this.repository}.away`);
    return () => renameSync(`${this.repository}.away`, this.repository);
  }

  [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.root, { recursive: true, force: true });
    return Promise.resolve();
  }
}
