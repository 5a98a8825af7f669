import { integer } from './setting.builders.js';

const MINUTE = 60_000;
const MEBIBYTE = 1024 ** 2;
const TEBIBYTE = 1024 ** 4;

/** What keeps one failure from becoming everybody's (docs/reliability.md). */
export const GUARD_SETTINGS = {
  sessionMaxCrashes: integer('STEWARD_SESSION_MAX_CRASHES', {
    group: 'Guards',
    initial: 5,
    min: 0,
    max: 1000,
    about:
      'Agent processes of one session that may crash in a row, without a result in between, before its runs are refused with `session.unhealthy`. 0: any number.',
  }),
  sessionUnhealthyMs: integer('STEWARD_SESSION_UNHEALTHY_MS', {
    group: 'Guards',
    initial: 10 * MINUTE,
    min: 100,
    max: 24 * 60 * MINUTE,
    about:
      'Milliseconds for which they are refused. Then one more run is tried; a fork of the session, and `POST /sessions/:id/recover`, need not wait.',
  }),
  startsAtOnce: integer('STEWARD_STARTS_AT_ONCE', {
    group: 'Guards',
    initial: 8,
    min: 1,
    max: 256,
    about: 'Agent processes that one worker starts at the same time; more wait for their turn.',
  }),
  startsPerSecond: integer('STEWARD_STARTS_PER_SECOND', {
    group: 'Guards',
    initial: 20,
    min: 1,
    max: 1000,
    about: 'Agent processes that one worker starts in a second; more wait for their turn.',
  }),
  overloadMemoryBytes: integer('STEWARD_OVERLOAD_MEMORY_BYTES', {
    group: 'Guards',
    initial: 128 * MEBIBYTE,
    min: 0,
    max: TEBIBYTE,
    about:
      'Free memory of the host, or of the control group of this process where that has less, in bytes, below which new work is refused with `server.overloaded`. 0: never.',
  }),
  overloadDiskBytes: integer('STEWARD_OVERLOAD_DISK_BYTES', {
    group: 'Guards',
    initial: 256 * MEBIBYTE,
    min: 0,
    max: 1024 * TEBIBYTE,
    about: 'The same for free space of the disk that has the data folder. 0: never.',
  }),
  overloadLoopMs: integer('STEWARD_OVERLOAD_LOOP_MS', {
    group: 'Guards',
    initial: 2000,
    min: 0,
    max: MINUTE,
    about:
      'Milliseconds by which the event loop of this process may be late, on average over three seconds, before new work is refused with `server.overloaded`. 0: any.',
  }),
  quietMs: integer('STEWARD_QUIET_MS', {
    group: 'Guards',
    initial: 10_000,
    min: 100,
    max: 60 * MINUTE,
    about:
      'Milliseconds without an event of a running run after which `run.progress` says why it is quiet; then again after twice the time, and so on, once a minute at least.',
  }),
  wedgedMs: integer('STEWARD_WEDGED_MS', {
    group: 'Guards',
    initial: 2 * MINUTE,
    min: 500,
    max: 24 * 60 * MINUTE,
    about:
      'Milliseconds in which an agent process says nothing, waits for nothing and works at nothing, until it counts as wedged: it is ended, and the run goes on in another attempt.',
  }),
  runWorkerDeaths: integer('STEWARD_RUN_WORKER_DEATHS', {
    group: 'Guards',
    initial: 2,
    min: 1,
    max: 100,
    about:
      'Workers that may die with a run before it fails with `run.poisoned`. A run that has lost one is tried again alone: its worker takes nothing else meanwhile.',
  }),
  probationMs: integer('STEWARD_PROBATION_MS', {
    group: 'Guards',
    initial: 10_000,
    min: 0,
    max: 60 * MINUTE,
    about:
      'Milliseconds for which such a run is alone on its worker, from the moment at which it begins. It waits as long at most for the others there to end.',
  }),
  faultGraceMs: integer('STEWARD_FAULT_GRACE_MS', {
    group: 'Guards',
    initial: 10_000,
    min: 100,
    max: 10 * MINUTE,
    about:
      'Milliseconds that a process has to hand over its runs and end when an exception that nobody caught leaves it in a state that cannot be trusted.',
  }),
} as const;
