import { choice, integer, optional, string } from './setting.builders.js';

const GROUP = 'Sandbox and limits';
const GIB = 1024 ** 3;
const HOUR = 3_600_000;
const NONE = '0: no bound.';

/** How an agent process is kept apart: not at all, by a user of its own, by namespaces of its own as well. */
const SANDBOX_MODES = ['none', 'user', 'namespace'] as const;
export type SandboxMode = (typeof SANDBOX_MODES)[number];

/** How an agent process is kept apart from the host and from others, and how much of it it may use. */
export const SANDBOX_SETTINGS = {
  sandbox: choice('STEWARD_SANDBOX', ['auto', ...SANDBOX_MODES], {
    group: GROUP,
    initial: 'auto',
    about:
      '`user`: each session has an unprivileged user of its own (needs root). `namespace`: its own process ids and view of the files by bubblewrap, as well. `auto`: the strongest that works here; the log says which.',
  }),
  sandboxFirstUid: integer('STEWARD_SANDBOX_FIRST_UID', {
    group: GROUP,
    initial: 700_000,
    min: 1000,
    max: 2_000_000_000,
    about: 'First of the user ids that sessions get; nothing else on the host may use them.',
  }),
  sandboxUids: integer('STEWARD_SANDBOX_UIDS', {
    group: GROUP,
    initial: 2_000_000,
    min: 100,
    max: 1_000_000_000,
    about: 'How many user ids there are for the sessions of all servers on this host.',
  }),
  sandboxUidBlock: integer('STEWARD_SANDBOX_UID_BLOCK', {
    group: GROUP,
    initial: 20_000,
    min: 2,
    max: 1_000_000,
    about:
      'User ids that one server (with all that share its Redis) claims of them for its sessions; so many less one can be open at once.',
  }),
  uidClaimsDir: string('STEWARD_UID_CLAIMS_DIR', {
    group: GROUP,
    initial: '/var/lib/steward/uids',
    about:
      "Folder in which the servers of this host claim their user ids, created for root alone. Containers that share the host's user ids share it too.",
  }),
  maxMemoryBytes: integer('STEWARD_MAX_MEMORY_BYTES', {
    group: GROUP,
    initial: 4 * GIB,
    min: 0,
    max: 1024 * GIB,
    about: `Memory of an agent process with all its descendants, in bytes; above it ends with \`cli.memory_exceeded\`. ${NONE}`,
  }),
  warnMemoryBytes: integer('STEWARD_WARN_MEMORY_BYTES', {
    group: GROUP,
    initial: 0,
    min: 0,
    max: 1024 * GIB,
    about:
      'Memory from which on a warning is logged and the process is not used for another run, in bytes. 0: nine tenths of the bound.',
  }),
  maxRunCpuMs: integer('STEWARD_MAX_RUN_CPU_MS', {
    group: GROUP,
    initial: 0,
    min: 0,
    max: 24 * HOUR,
    about: `CPU time of one run, in milliseconds. ${NONE}`,
  }),
  maxProcesses: integer('STEWARD_MAX_PROCESSES', {
    group: GROUP,
    initial: 512,
    min: 0,
    max: 100_000,
    about: `Processes of one agent at once. ${NONE}`,
  }),
  maxOpenFiles: integer('STEWARD_MAX_OPEN_FILES', {
    group: GROUP,
    initial: 4096,
    min: 0,
    max: 1_000_000,
    about: `Open files of each process of an agent. ${NONE}`,
  }),
  maxFileSizeBytes: integer('STEWARD_MAX_FILE_SIZE_BYTES', {
    group: GROUP,
    initial: 2 * GIB,
    min: 0,
    max: 1024 * GIB,
    about: `Size of each file that an agent writes, in bytes. ${NONE}`,
  }),
  maxProcessLifeMs: integer('STEWARD_MAX_PROCESS_LIFE_MS', {
    group: GROUP,
    initial: 0,
    min: 0,
    max: 30 * 24 * HOUR,
    about: `Life of one agent process, in milliseconds. ${NONE}`,
  }),
  maxWorkspaceBytes: integer('STEWARD_MAX_WORKSPACE_BYTES', {
    group: GROUP,
    initial: 5 * GIB,
    min: 0,
    max: 1024 * GIB,
    about: `Bytes on disk of all files of a session: its workspace, its HOME, the CLI's folder and its temporary files together. ${NONE}`,
  }),
  cgroup: optional('STEWARD_CGROUP', {
    group: GROUP,
    pattern: /^\/[^\s]*$/,
    expected: 'an absolute path',
    about:
      'A writable cgroup v2 directory: memory and processes are then bounded by the kernel, else by watching the tree.',
  }),
} as const;
