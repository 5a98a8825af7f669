import { folders, integer } from './setting.builders.js';

const GROUP = 'Sessions';
const GIB = 1024 ** 3;

/** What sessions begin with and what they may hold, of one owner and of all. */
export const WORKSPACE_SETTINGS = {
  workspaceTemplates: folders('STEWARD_WORKSPACE_TEMPLATES', {
    group: GROUP,
    about:
      'Folders that a new session may begin with a copy of, by name. Each has to be there at the start, outside the data folder and within STEWARD_MAX_WORKSPACE_BYTES.',
  }),
  workspaceRepositories: folders('STEWARD_WORKSPACE_REPOSITORIES', {
    group: GROUP,
    about:
      'Local git repositories that a new session may begin with a checkout of, by name. Sessions get a repository of their own and cannot write into these. Needs `git`.',
  }),
  maxOwnerWorkspaceBytes: integer('STEWARD_MAX_OWNER_WORKSPACE_BYTES', {
    group: GROUP,
    initial: 100 * GIB,
    min: 0,
    max: 1024 ** 5,
    about:
      'Bytes on disk of all sessions of one owner, as measured after each run and with each file that is put; from there on new sessions and files are refused with `workspace.quota_reached`. 0: no bound.',
  }),
  maxTotalWorkspaceBytes: integer('STEWARD_MAX_TOTAL_WORKSPACE_BYTES', {
    group: GROUP,
    initial: 0,
    min: 0,
    max: 1024 ** 5,
    about: 'The same of all owners together, refused with `workspace.total_reached`. 0: no bound.',
  }),
  cleanUpMs: integer('STEWARD_CLEAN_UP_MS', {
    group: GROUP,
    initial: 10_000,
    min: 200,
    max: 3_600_000,
    about:
      'Milliseconds between two rounds of the clean-up, which closes unused sessions and removes what crashes left. One worker at a time does it.',
  }),
  maxOwnerProcesses: integer('STEWARD_MAX_OWNER_PROCESSES', {
    group: GROUP,
    initial: 0,
    min: 0,
    max: 100_000,
    about:
      'Agent processes of the sessions of one owner, on all workers: its runs wait while so many work, and its least recently used waiting process is ended for the next. 0: no bound.',
  }),
  maxTotalProcesses: integer('STEWARD_MAX_TOTAL_PROCESSES', {
    group: GROUP,
    initial: 0,
    min: 0,
    max: 100_000,
    about:
      'The same of all owners together. Spare processes belong to nobody and are bounded by STEWARD_SPARE_PROCESSES. 0: no bound.',
  }),
} as const;
