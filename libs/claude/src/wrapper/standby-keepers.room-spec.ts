import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandOf, processesWithMark } from '../../../../test/support/processes.js';
import { SupervisedChild } from './supervised-child.js';
import { StandbyKeepers } from './standby-keepers.js';

const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
const SUPERVISOR = [PYTHON, '-S', '-E', '-s', resolve('scripts/claude_wrapper.py')];

describe('supervisors that wait', () => {
  let folder: string;
  let markPrefix: string;
  let standby: StandbyKeepers;

  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/steward-standby-`);
    markPrefix = `${folder}#`;
    standby = new StandbyKeepers({ count: 2, markPrefix, supervisor: () => Promise.resolve(SUPERVISOR) });
  });
  afterEach(async () => {
    await standby.close();
    expect(standby.count).toBe(0);
    expect(await processesWithMark(markPrefix)).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });

  function run(script: string, keeper = standby.take()): { child: SupervisedChild; said: Promise<string> } {
    const child = new SupervisedChild({
      supervisor: SUPERVISOR,
      keeper,
      command: ['--mark', `${markPrefix}one`, '--', 'sh', '-c', script],
      cwd: folder,
      environment: { PATH: process.env['PATH'] ?? '', WORD: 'à\ud800', STEWARD_MARK: `${markPrefix}one` },
      renewDeadlineMs: 8000,
      sweep: () => Promise.resolve(),
      onSample: () => undefined,
      onLimit: () => undefined,
      onWorkspace: () => undefined,
    });
    return {
      child,
      said: child.stdout
        .setEncoding('utf8')
        .toArray()
        .then((parts) => parts.join('')),
    };
  }

  it('start what they are told, where and with what they are told', async () => {
    await standby.fill();
    const keeper = standby.take();
    expect(keeper).not.toBeNull();
    const { child, said } = run('pwd; printf "%s" "$WORD"; kill -9 $$', keeper);
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL', remaining: 0 });
    expect(await said).toBe(`${folder}\nà\ufffd`);
    expect(child.pid).toBe(keeper?.pid);
  });

  it('carry the mark of what they keep from then on', async () => {
    await standby.fill();
    expect(await processesWithMark(markPrefix)).toEqual([]);
    const { child } = run('echo on; sleep 60');
    await expect.poll(async () => (await processesWithMark(`${markPrefix}one`)).length).toBeGreaterThan(2);
    expect(await processesWithMark(`${markPrefix}one`)).toContain(child.pid);
    expect(await child.terminate(0)).toMatchObject({ reason: 'stop', remaining: 0 });
  });

  it('are there again a while after, however often that is asked for meanwhile, and not after the end', async () => {
    standby.fillSoon();
    expect(standby.count).toBe(0);
    for (let asked = 0; standby.count < 2 && asked < 200; asked += 1) {
      standby.fillSoon();
      await new Promise((done) => setTimeout(done, 20));
    }
    expect(standby.count).toBe(2);
    standby.take()?.kill('SIGKILL');
    standby.fillSoon();
    await standby.close();
    await new Promise((done) => setTimeout(done, 700));
    expect(standby.count).toBe(0);
  });

  it('are as many as they should be, again after one was taken or has died', async () => {
    await standby.fill();
    expect(standby.count).toBe(2);
    const first = standby.take()!;
    await standby.fill();
    expect(standby.count).toBe(2);
    first.kill('SIGKILL');
    const second = standby.take()!;
    second.kill('SIGKILL');
    await expect.poll(() => second.signalCode).toBe('SIGKILL');
    await standby.fill();
    expect(standby.count).toBe(2);
  });

  it('that died are not given out', async () => {
    await standby.fill();
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    for (const pid of pids)
      if ((await commandOf(Number(pid))).includes(`--await --owner-pid ${process.pid}`))
        process.kill(Number(pid), 'SIGKILL');
    await expect.poll(() => standby.count).toBe(0);
    expect(standby.take()).toBeNull();
    const { child, said } = run('echo all the same');
    expect(await child.exited).toMatchObject({ code: 0 });
    expect(await said).toBe('all the same\n');
  });

  it('are none where they cannot be started', async () => {
    const none = new StandbyKeepers({ count: 2, markPrefix, supervisor: () => Promise.reject(new Error('no Python')) });
    await none.fill();
    expect(none.take()).toBeNull();
    const wrong = new StandbyKeepers({ count: 1, markPrefix, supervisor: () => Promise.resolve(['/no/such/python']) });
    await wrong.fill();
    await expect.poll(() => wrong.count).toBe(0);
  });
});
