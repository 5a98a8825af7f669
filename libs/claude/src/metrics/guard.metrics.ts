import { type MetricRow } from './metric-row.types.js';

/** What the guards see, and what they did. */
export const GUARD_METRICS = {
  overloaded: {
    kind: 'gauge',
    name: 'steward_overloaded',
    help: 'Whether this process refuses new work for want of a resource (1) or not (0): memory, disk, event_loop.',
    labels: ['resource'],
  },
  freeMemory: {
    kind: 'gauge',
    name: 'steward_free_memory_bytes',
    help: 'Free memory of the host, or of the control group of this process where that has less.',
    labels: [],
  },
  freeDisk: {
    kind: 'gauge',
    name: 'steward_free_disk_bytes',
    help: 'Free space of the disk that has the data folder.',
    labels: [],
  },
  loopDelay: {
    kind: 'gauge',
    name: 'steward_event_loop_delay_seconds',
    help: 'By how much the event loop of this process was late in the last second, on average.',
    labels: [],
  },
  startsWaiting: {
    kind: 'gauge',
    name: 'steward_agent_starts_waiting',
    help: 'Agent processes that wait for their turn to be started.',
    labels: [],
  },
  sessionsUnhealthy: {
    kind: 'counter',
    name: 'steward_sessions_unhealthy_total',
    help: 'Times that a session was found unhealthy, since its agent process crashed too often in a row.',
    labels: [],
  },
  runsWedged: {
    kind: 'counter',
    name: 'steward_runs_wedged_total',
    help: 'Agent processes that were ended in the middle of a run since they said, did and waited for nothing.',
    labels: [],
  },
  faults: {
    kind: 'counter',
    name: 'steward_process_faults_total',
    help: 'Exceptions and rejections that nobody caught, of this process and of earlier ones with this data folder on this host, by kind: exception, rejection.',
    labels: ['kind'],
  },
} as const satisfies Record<string, MetricRow>;
