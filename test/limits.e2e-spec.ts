import { describe, expect, it } from 'vitest';
import { withServer } from './support/server.fixture.js';
import { ServerProcess } from './support/server.process.js';

const MIB = 1024 * 1024;
const ALLOCATE = `python3 -c 'x = bytearray(900 * 1024 * 1024); import time; time.sleep(60)'`;
const SPIN = `python3 -c 'while True: pass'`;
const FORK = 'for i in $(seq 1 80); do sleep 60 & done; wait';
const FILL = 'for i in $(seq 1 40); do head -c 1000000 /dev/zero > file-$i; sleep 0.1; done; sleep 60';
const PLACES = '"$PWD" "$HOME" "$TMPDIR" "$CLAUDE_CONFIG_DIR"';
const CLEAN = `find ${PLACES} -name "file-*" -delete; find ${PLACES} -name "file-*" | wc -l`;

/** What one agent may use of the machine, with the real CLI and what its Bash does. */
describe('limits of an agent process', () => {
  let server: ServerProcess;

  withServer(
    {
      cold: true,
      env: {
        STEWARD_MAX_MEMORY_BYTES: String(700 * MIB),
        STEWARD_MAX_RUN_CPU_MS: '6000',
        STEWARD_MAX_PROCESSES: '60',
        STEWARD_MAX_WORKSPACE_BYTES: String(10 * MIB),
        STEWARD_MAX_FILE_SIZE_BYTES: String(8 * MIB),
        STEWARD_MAX_OPEN_FILES: '512',
      },
    },
    (standing) => ({ server } = standing),
  );

  it.each([
    ['memory', ALLOCATE, 'cli.memory_exceeded', 700 * MIB],
    ['CPU time', SPIN, 'cli.cpu_exceeded', 6000],
    ['processes', FORK, 'cli.processes_exceeded', 60],
    ['workspace', FILL, 'cli.workspace_exceeded', 10 * MIB],
    ['HOME', `cd $HOME; ${FILL}`, 'cli.workspace_exceeded', 10 * MIB],
    ['temporary files', `cd $TMPDIR; ${FILL}`, 'cli.workspace_exceeded', 10 * MIB],
    ['the folder of the CLI', `cd $CLAUDE_CONFIG_DIR; ${FILL}`, 'cli.workspace_exceeded', 10 * MIB],
  ])('%s: the run ends with its own code, nothing is left, the next run works', async (_name, command, code, limit) => {
    const run = await server.client().execute({ prompt: `[[bash ${command}]] [[say never]]`, timeoutMs: 45_000 });
    expect(run).toMatchObject({ state: 'failed', error: { code, details: { limit } } });
    // What broke the limit is in the figures of the run, whether or not a sample saw it.
    if (code === 'cli.memory_exceeded') expect(run.resources?.peakMemoryBytes).toBeGreaterThan(limit);
    if (code === 'cli.cpu_exceeded') expect(run.resources?.cpuMs).toBeGreaterThan(limit * 0.9);
    expect(await server.agentProcesses()).toEqual([]);
    // The agent itself can clean up, also a workspace that was found too large.
    const next = await server.client().execute({ prompt: `[[bash ${CLEAN}]] [[result]]`, sessionId: run.sessionId });
    expect(next.result?.text.trim()).toBe('0');
  });

  it('a file that is too large fails in the tool, and the run goes on', async () => {
    const run = await server
      .client()
      .execute({ prompt: '[[bash head -c 9000000 /dev/zero > large; echo "exit $?"; ulimit -n]] [[result]]' });
    expect(run.state).toBe('completed');
    expect(run.result?.text).not.toContain('exit 0');
    expect(run.result?.text).toContain('512');
  });

  it('what a run used reaches the run and the metrics', async () => {
    const run = await server.client().execute({ prompt: `[[bash python3 -c 'sum(range(20000000))']] [[say used]]` });
    expect(run.resources?.cpuMs).toBeGreaterThan(300);
    expect(run.resources?.peakMemoryBytes).toBeGreaterThan(50 * MIB);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^steward_run_cpu_seconds_count [1-9]/m);
    expect(metrics).toMatch(/^steward_run_peak_memory_bytes_count [1-9]/m);
  });
});

describe('the sandbox that is used', () => {
  it('production refuses to run agents without one', async () => {
    const env = { STEWARD_ENVIRONMENT: 'production', STEWARD_SANDBOX: 'none' };
    const { code, output } = await ServerProcess.startFailing(env);
    expect(code).not.toBe(0);
    expect(output).toContain(
      'Agent processes cannot be kept apart from this host (STEWARD_SANDBOX=none): STEWARD_ENVIRONMENT=production runs no agent without a sandbox',
    );
  });
});
