import { choice, integer } from './setting.builders.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GIBIBYTE = 1024 ** 3;

/** Agent processes that wait for a prompt (docs/warm-processes.md). */
export const POOL_SETTINGS = {
  hotProcesses: integer('STEWARD_HOT_PROCESSES', {
    group: 'Warm processes',
    initial: 8,
    min: 0,
    max: 1024,
    about:
      'Sessions of one worker that keep their agent process after a run; of more, the least recently used hibernates. 0 ends each process with its run.',
  }),
  hotIdleMs: integer('STEWARD_HOT_IDLE_MS', {
    group: 'Warm processes',
    initial: 10 * MINUTE,
    min: 100,
    max: 24 * HOUR,
    about: 'Milliseconds without a run after which a session with a process hibernates.',
  }),
  spareProcesses: integer('STEWARD_SPARE_PROCESSES', {
    group: 'Warm processes',
    initial: 1,
    min: 0,
    max: 256,
    about:
      'Agent processes of one worker that wait for new sessions, of the profiles that are asked for most. Each takes about 0.2 GiB.',
  }),
  standbySupervisors: integer('STEWARD_STANDBY_SUPERVISORS', {
    group: 'Warm processes',
    initial: 1,
    min: 0,
    max: 64,
    about:
      'Supervisors of one worker that wait for the next agent process, so that its start takes some 20 ms less. Each takes about 8 MiB.',
  }),
  cliTuning: choice('STEWARD_CLI_TUNING', ['on', 'off'], {
    group: 'Warm processes',
    initial: 'on',
    about:
      'Whether the CLI starts with settings of its JavaScript engine that make it answer a prompt some 3 ms sooner, for up to 20 MiB more of each process. Tried first: a CLI that does not take them starts without. Commands of the Bash tool do not get them.',
  }),
  spareMaxAgeMs: integer('STEWARD_SPARE_MAX_AGE_MS', {
    group: 'Warm processes',
    initial: 30 * MINUTE,
    min: 1000,
    max: 24 * HOUR,
    about: 'Milliseconds after which a spare process that nobody took is replaced.',
  }),
  processMaxAgeMs: integer('STEWARD_PROCESS_MAX_AGE_MS', {
    group: 'Warm processes',
    initial: 4 * HOUR,
    min: 1000,
    max: 7 * 24 * HOUR,
    about: 'Milliseconds after its start from which on a process is not kept after a run.',
  }),
  processMaxRuns: integer('STEWARD_PROCESS_MAX_RUNS', {
    group: 'Warm processes',
    initial: 200,
    min: 1,
    max: 1_000_000,
    about: 'Runs that one agent process serves at most.',
  }),
  poolMemoryBytes: integer('STEWARD_POOL_MEMORY_BYTES', {
    group: 'Warm processes',
    initial: 4 * GIBIBYTE,
    min: 0,
    max: 1024 * GIBIBYTE,
    about:
      'Memory of all agent processes of one worker, in bytes, above which those that wait are ended, least recently used first.',
  }),
  poolFreeMemoryBytes: integer('STEWARD_POOL_FREE_MEMORY_BYTES', {
    group: 'Warm processes',
    initial: GIBIBYTE / 2,
    min: 0,
    max: 1024 * GIBIBYTE,
    about:
      'Free memory of the host, in bytes, below which waiting processes are ended: spare ones first, then the least recently used.',
  }),
} as const;
