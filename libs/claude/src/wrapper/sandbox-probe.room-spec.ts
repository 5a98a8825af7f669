import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processesWithMark } from '../../../../test/support/processes.js';
import { type ClaudeConfigService } from '../config/index.js';
import { SandboxService } from './sandbox.service.js';
import { probeSandbox } from './sandbox-probe.js';
import { sweep } from './sweep.js';

const ROOT = process.geteuid?.() === 0;
const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
const SUPERVISOR = [PYTHON, '-S', '-E', '-s', resolve('scripts/claude_wrapper.py')];
const ENV = { PATH: process.env['PATH'] ?? '' };
const NEVER = new AbortController().signal;
/** No session of a server that may run here meanwhile has it. */
const UID = 987_654;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-probe-'));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stands in for a CLI: only it can be made to die as it tells its version. */
function standIn(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  chmodSync(path, 0o755);
  return path;
}

function probe(name: string, script: string, more: readonly string[] = [], signal = NEVER) {
  const home = mkdtempSync(join(folder, 'home-'));
  chmodSync(home, 0o777);
  const mark = `${folder}#probe`;
  const cliPath = standIn(name, script);
  return probeSandbox({ supervisor: SUPERVISOR, arguments: more, cliPath, home, env: ENV, mark, signal });
}

describe('a trial of a sandbox', () => {
  it.each([
    ['tells its version', 'echo 9.9.9', { reason: '', isCertain: true }],
    ['fails by itself', 'echo "no luck" >&2; exit 3', { reason: 'no luck', isCertain: true }],
    ['says nothing', 'exit 3', { reason: 'the CLI does not start in it (exit code 3)', isCertain: true }],
    ['is not allowed a call', 'kill -SYS $$', { reason: 'the CLI does not start in it (SIGSYS)', isCertain: true }],
    ['is killed', 'kill -9 $$', { reason: 'its trial was ended by SIGKILL', isCertain: false }],
    ['gives up', 'kill -ABRT $$', { reason: 'its trial was ended by SIGABRT', isCertain: false }],
    ['is killed in its sandbox', 'exit 137', { reason: 'its trial was ended by exit code 137', isCertain: false }],
    ['loses its supervisor', 'kill -9 $PPID', { reason: expect.stringContaining('was ended by'), isCertain: false }],
  ])('in which the CLI %s', async (name, script, outcome) => {
    expect(await probe(name.replaceAll(' ', '-'), script)).toEqual(outcome);
  });

  it('in which the CLI is not there', async () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const cliPath = join(folder, 'nowhere');
    const terms = { supervisor: SUPERVISOR, arguments: [], home, env: ENV, mark: 'x#probe', signal: NEVER };
    const found = await probeSandbox({ ...terms, cliPath });
    expect(found).toEqual({ reason: expect.stringContaining('not found'), isCertain: true });
  });

  it('is ended with all that it started when the server ends', async () => {
    const started = join(folder, 'deaf-started');
    const ending = new AbortController();
    const script = `trap '' TERM; touch ${started}; while true; do sleep 0.1; done`;
    const found = probe('deaf', script, [], ending.signal);
    await expect.poll(() => existsSync(started), { timeout: 10_000 }).toBe(true);
    expect(await processesWithMark(`${folder}#probe`)).not.toEqual([]);
    ending.abort();
    expect(await found).toEqual({ reason: 'the server ends', isCertain: false, isSlow: true });
    expect(await processesWithMark(`${folder}#probe`)).toEqual([]);
  });

  it.runIf(ROOT)('is left alone by a server that sweeps the user it runs as', async () => {
    const seen = join(folder, 'seen');
    mkdirSync(seen);
    chownSync(seen, UID, UID);
    const uid = ['--uid', String(UID), '--gid', String(UID)];
    const found = probe(
      'slow',
      `touch ${seen}/started; while [ ! -e ${seen}/go ]; do sleep 0.05; done; echo 9.9.9`,
      uid,
    );
    await expect.poll(() => existsSync(join(seen, 'started')), { timeout: 10_000 }).toBe(true);
    const signs = { uids: { first: UID, last: UID }, cgroup: null };
    const swept = await sweep(SUPERVISOR, 'another#', signs, ENV);
    writeFileSync(join(seen, 'go'), '');
    expect([swept, await found]).toEqual([
      { ended: 0, remaining: 0 },
      { reason: '', isCertain: true },
    ]);
  });
});

describe.runIf(ROOT)('the choice of a sandbox', () => {
  function service(name: string): SandboxService {
    const dataDir = join(folder, name);
    const config = {
      options: { sandbox: 'auto', environment: 'development', sandboxFirstUid: UID },
      hostVariables: ENV,
      dataDir,
      folder: (below: string) => {
        mkdirSync(join(dataDir, below), { recursive: true });
        return join(dataDir, below);
      },
    };
    return new SandboxService(config as unknown as ClaudeConfigService);
  }
  it('is made again after a trial that was disturbed', async () => {
    const calm = join(folder, 'calm');
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => writeFileSync(calm, ''));
    const cli = standIn('once', `[ -e ${calm} ] || kill -9 $$; echo 9.9.9`);
    const plan = await service('again').plan(cli, SUPERVISOR);
    expect(plan.ownUser).toBe(true);
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
  });

  it('never falls to a weaker one for that', async () => {
    const sandboxes = service('none');
    const plan = sandboxes.plan(standIn('never', 'kill -9 $$'), SUPERVISOR);
    await expect(plan).rejects.toMatchObject({
      code: 'cli.spawn_failed',
      details: { errno: expect.stringMatching(/^sandbox (user|namespace): its trial was ended by SIGKILL$/) },
    });
    expect(sandboxes.known).toBeNull();
  });

  it('is tried anew after a while, and what killed servers left of their trials goes', async () => {
    const left = join(folder, 'anew', 'probe', 'user-aBc123');
    mkdirSync(left, { recursive: true });
    utimesSync(left, 0, 0);
    const sandboxes = service('anew');
    const cli = standIn('anew-cli', 'kill -9 $$');
    await expect(sandboxes.plan(cli, SUPERVISOR)).rejects.toMatchObject({ code: 'cli.spawn_failed' });
    standIn('anew-cli', 'echo 9.9.9');
    // For those that ask in the same moment the failure is the answer.
    await expect(sandboxes.plan(cli, SUPERVISOR)).rejects.toMatchObject({ code: 'cli.spawn_failed' });
    const later = () => sandboxes.plan(cli, SUPERVISOR).catch(() => null);
    await expect.poll(later, { timeout: 10_000 }).toMatchObject({ ownUser: true });
    expect(sandboxes.known).toMatchObject({ ownUser: true });
    expect(readdirSync(join(folder, 'anew', 'probe'))).toEqual([]);
  });
});
