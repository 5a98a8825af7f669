import { type ErrorCode } from '@steward/claude';
import { CALLER_GROUP } from './caller.scenarios.js';
import { LIMITS_GROUP, ODD_CLI_GROUP } from './cli.scenarios.js';
import { CLUSTER_GROUP } from './cluster.scenarios.js';
import { FILES_GROUP } from './files.scenarios.js';
import { LOG_GROUP } from './log.scenarios.js';
import { MODEL_GROUP, OUTAGE_GROUP } from './model.scenarios.js';
import { REQUEST_GROUP, WORKSPACE_GROUP } from './request.scenarios.js';
import { RUN_GROUP } from './run.scenarios.js';
import { type Group } from './scenario.types.js';
import { BROKEN_CLI_GROUP, SERVER_GROUP, START_GROUP } from './start.scenarios.js';

/** Every way to fail, made to happen; in two halves, which are played at the same time. */
export const REQUEST_SIDE: readonly Group[] = [
  REQUEST_GROUP,
  WORKSPACE_GROUP,
  FILES_GROUP,
  CALLER_GROUP,
  CLUSTER_GROUP,
  LOG_GROUP,
];
export const RUN_SIDE: readonly Group[] = [
  MODEL_GROUP,
  OUTAGE_GROUP,
  RUN_GROUP,
  ODD_CLI_GROUP,
  LIMITS_GROUP,
  BROKEN_CLI_GROUP,
  SERVER_GROUP,
  START_GROUP,
];

/** Rows that no test makes happen, and why. At most five. */
export const NOT_PRODUCED: Readonly<Partial<Record<ErrorCode, string>>> = {
  'request.timed_out':
    'Node.js gives a request a minute for its headers, looks every half minute, and has no setting for either here.',
  'input.not_taken': 'It takes a worker that is stuck for a minute and keeps its lease all the same.',
};
