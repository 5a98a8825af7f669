import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '@steward/host';
import { reduceState } from './cli-state.js';
import { plantedInGit } from './planted-git.js';
import { type SessionFolders } from './session-folders.js';
import { unlessShort } from './unless-short.js';

/**
 * Files that an agent can write and that the CLI, or the shell of its Bash tool, would read at its next start
 * (PROTOCOL.md §9; docs/hostile-input.md). Those of the workspace stay, since they may belong to a project, and are
 * ignored by the command line and the environment of the process. Those of HOME and of the CLI's folder are removed:
 * `.claude.json` sets the environment of the CLI, API address included, whatever `--setting-sources` says.
 */
export interface PlantedFiles {
  /** Left where they are; they do not act. */
  readonly ignored: readonly string[];
  readonly removed: readonly string[];
}

const IN_WORKSPACE = [
  '.claude/settings.json',
  '.claude/settings.local.json',
  '.claude/CLAUDE.md',
  '.claude/agents',
  '.claude/commands',
  '.claude/hooks',
  '.claude/output-styles',
  '.claude/plugins',
  '.claude/rules',
  '.claude/skills',
  '.claude/workflows',
  '.mcp.json',
  'CLAUDE.md',
  'CLAUDE.local.md',
];

/**
 * Of HOME; beside what the CLI reads there, the files that its shell runs before each command, and git's, which names
 * programs that `git status` runs: the CLI allows that one to every run.
 */
const IN_HOME = [
  '.claude',
  '.claude.json',
  '.bash_aliases',
  '.bash_login',
  '.bash_logout',
  '.bash_profile',
  '.bashrc',
  '.gitconfig',
  '.profile',
  '.zlogin',
  '.zprofile',
  '.zshenv',
  '.zshrc',
];

/** What the CLI itself leaves in its folder: gone before the next start all the same, but nothing to be told of. */
const LEFT_BY_THE_CLI = new Set([
  '.last-cleanup',
  'backups',
  'cache',
  'debug',
  'file-history',
  'ide',
  'paste-cache',
  'plans',
  'projects',
  'session-env',
  'sessions',
  'shell-snapshots',
  'shell_snapshots',
  'stats-cache.json',
  'statsig',
  'tasks',
  'telemetry',
  'todos',
]);
const STATE = '.claude.json';
/** The CLI replaces `.claude.json` after each answer by a file beside it, under a lock; a killed one leaves them. Neither is read. */
const STATE_BEING_WRITTEN = /^\.claude\.json\.(?:lock|tmp\.\d+\.[0-9a-f]+)$/;
/** Keys of `.claude.json` that act, or would in another version. */
const ACTING_KEYS = ['env', 'mcpServers', 'apiKeyHelper', 'primaryApiKey', 'oauthAccount', 'hooks', 'permissions'];
const STATE_BYTES = 1024 * 1024;
const TRANSCRIPT = /^[0-9a-f-]{36}(\.jsonl)?$/;

/**
 * Takes away what the agent may have left for its next process, and tells what was found. Call it while no process of
 * the session lives. Links are never followed: the agent may have put one in the place of a folder.
 *
 * @throws ClaudeError `cli.spawn_failed` when the server has nothing left to look with
 */
export async function clearPlanted(folders: SessionFolders, workspaceActs: boolean): Promise<PlantedFiles> {
  const [ignored, home, config] = await Promise.all([
    plantedInWorkspace(folders.workspace, workspaceActs),
    clearHome(folders.home),
    clearConfig(folders.config),
  ]);
  return {
    ignored: ignored.map((name) => `workspace/${name}`),
    removed: [...home.map((name) => `home/${name}`), ...config.map((name) => `config/${name}`)],
  };
}

async function plantedInWorkspace(workspace: string, acts: boolean): Promise<string[]> {
  const [files, git] = await Promise.all([acts ? [] : present(workspace, IN_WORKSPACE), plantedInGit(workspace)]);
  return [...files, ...git];
}

async function clearHome(home: string): Promise<string[]> {
  const found = (await Promise.all([present(home, IN_HOME), gitFolderOf(home)])).flat();
  await Promise.all(found.map((name) => removeTree(join(home, name))));
  return found;
}

/** What lies there and would be taken away before a start: a live process may read it, too. */
export async function findPlanted({ home, config }: SessionFolders): Promise<string[]> {
  const look = [present(home, IN_HOME), gitFolderOf(home), toldOfConfig(config)] as const;
  const [inHome, git, inConfig] = await Promise.all(look);
  return [...[...inHome, ...git].map((name) => `home/${name}`), ...inConfig.map((name) => `config/${name}`)];
}

async function toldOfConfig(folder: string): Promise<string[]> {
  const [names, projects] = await Promise.all([entries(folder), entries(join(folder, 'projects'))]);
  const told = await Promise.all(names.map(async (name) => (await isPlanted(folder, name)) ?? []));
  const notes = await Promise.all(
    projects.map(async (project) =>
      (await entries(join(folder, 'projects', project, 'memory'))).length > 0 ? [project] : [],
    ),
  );
  return [...told.flat(), ...notes.flat()];
}

/** git's other place. Where `.config` is no folder, it goes itself: what a link leads to is not ours to remove. */
async function gitFolderOf(home: string): Promise<string[]> {
  const isReal = await isFolder(join(home, '.config'));
  return present(home, [isReal ? join('.config', 'git') : '.config']);
}

/** Keeps transcripts, of the CLI’s state what does not act, and nothing else. */
async function clearConfig(folder: string): Promise<string[]> {
  const names = await entries(folder);
  const told = await Promise.all(names.map(async (name) => (await isPlanted(folder, name)) ?? []));
  const others = names.filter((name) => name !== 'projects');
  await Promise.all(others.map((name) => (name === STATE ? reduceState : removeTree)(join(folder, name))));
  return [...told.flat(), ...(await clearProjects(join(folder, 'projects')))];
}

async function clearProjects(projects: string): Promise<string[]> {
  if (!(await isFolder(projects))) {
    await removeTree(projects);
    return [];
  }
  const told: string[] = [];
  for (const project of await entries(projects)) {
    const folder = join(projects, project);
    const isReal = await isFolder(folder);
    const kept = isReal ? await keptOf(folder) : new Set<string>();
    for (const name of isReal ? await entries(folder) : []) {
      if (kept.has(name)) continue;
      // An empty one is made by the CLI itself.
      if (name === 'memory' && (await entries(join(folder, name))).length > 0) told.push(`projects/…/${name}`);
      await removeTree(join(folder, name));
    }
    if (!isReal) await removeTree(folder);
  }
  return told;
}

/** Transcripts, and the folders of their sessions with large tool results and subagents. */
async function keptOf(folder: string): Promise<Set<string>> {
  const names = (await entries(folder)).filter((name) => TRANSCRIPT.test(name));
  const real = await Promise.all(
    names.map(async (name) => (name.endsWith('.jsonl') ? isFile(join(folder, name)) : isFolder(join(folder, name)))),
  );
  return new Set(names.filter((_name, index) => real[index]));
}

async function isPlanted(folder: string, name: string): Promise<string[] | null> {
  // Newer versions keep what came with them in `plugins/store`.
  const isOwn = name === 'plugins' && (await entries(join(folder, name))).every((entry) => entry === 'store');
  if (name !== STATE) return isOwn || LEFT_BY_THE_CLI.has(name) || STATE_BEING_WRITTEN.test(name) ? null : [name];
  const keys = await actingKeys(join(folder, name));
  return keys.length > 0 ? [`${name} (${keys.join(', ')})`] : null;
}

async function actingKeys(path: string): Promise<string[]> {
  if (!(await isFile(path)) || (await lstat(path)).size > STATE_BYTES) return ['unreadable'];
  try {
    const state = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return ACTING_KEYS.filter((key) => Object.keys(state[key] ?? {}).length > 0);
  } catch {
    return ['unreadable'];
  }
}

async function present(folder: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map(async (name) => ((await kind(join(folder, name))) ? [name] : [])));
  return found.flat();
}

const entries = (folder: string): Promise<string[]> => readdir(folder).catch(unlessShort([]));
const kind = (path: string) => lstat(path).catch(unlessShort(null));
const isFolder = async (path: string): Promise<boolean> => (await kind(path))?.isDirectory() ?? false;
const isFile = async (path: string): Promise<boolean> => (await kind(path))?.isFile() ?? false;
