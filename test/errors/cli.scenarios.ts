import { resolve } from 'node:path';
import { inRun } from './met.js';
import { OneServer } from './one.server.js';
import { group, type Scenario } from './scenario.types.js';

const MIB = 1024 ** 2;
const ODD = resolve('test/fixtures/odd_cli.py');

const after =
  (prompt: string): Scenario<OneServer> =>
  async (world) =>
    inRun(await world.run({ prompt, timeoutMs: 60_000 }));

/** A run in the process of one before it, which has to be told something first. */
const afterThat =
  (prompt: string): Scenario<OneServer> =>
  async (world) => {
    const { sessionId } = await world.run({ prompt });
    return inRun(await world.run({ prompt: 'noise', sessionId, permissionMode: 'plan' }));
  };

/** What a CLI does wrong that the real one cannot be made to do: a stand-in does it. */
export const ODD_CLI_GROUP = group(
  'a CLI that misbehaves',
  () =>
    OneServer.start({
      env: {
        CLAUDE_CLI_PATH: ODD,
        STEWARD_WEDGED_MS: '2000',
        STEWARD_CONTROL_TIMEOUT_MS: '1000',
      },
    }),
  {
    'cli.protocol': after('broken'),
    'cli.failed': after('strange'),
    'cli.wedged': after('deaf'),
    'cli.refused': afterThat('sulk'),
    'cli.no_answer': afterThat('mute'),
  },
);

/** What an agent may use of the machine, with the real CLI. */
export const LIMITS_GROUP = group(
  'limits of an agent process',
  () =>
    OneServer.start({
      cold: true,
      env: {
        STEWARD_MAX_MEMORY_BYTES: String(700 * MIB),
        STEWARD_MAX_RUN_CPU_MS: '3000',
        STEWARD_MAX_PROCESSES: '60',
        STEWARD_MAX_WORKSPACE_BYTES: String(5 * MIB),
        STEWARD_MAX_PROCESS_LIFE_MS: '15000',
        STEWARD_WORKER_CONCURRENCY: '5',
      },
    }),
  {
    'cli.memory_exceeded': after(
      `[[bash python3 -c 'x = bytearray(900 * 1024 * 1024); import time; time.sleep(60)']] [[say never]]`,
    ),
    'cli.cpu_exceeded': after(`[[bash python3 -c 'while True: pass']] [[say never]]`),
    'cli.processes_exceeded': after('[[bash for i in $(seq 1 80); do sleep 60 & done; wait]] [[say never]]'),
    'cli.workspace_exceeded': after('[[bash head -c 9000000 /dev/zero > file; sleep 60]] [[say never]]'),
    'cli.life_exceeded': after('[[bash sleep 60]] [[say never]]'),
  },
);
