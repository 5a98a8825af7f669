import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type ExitReport, SupervisorChannel } from './supervisor-channel.js';

const LAST_WORDS = `import os; os.write(3, b'{"type":"exited","signal":"SIGKILL","reason":"signal"}\\n')`;

/** Stands still, event loop and all, until the process is a zombie. */
function standStill(pid: number): void {
  for (let look = 0; look < 1000; look += 1) {
    if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  throw new Error('it does not end');
}

describe('the channel to a supervisor', () => {
  it('hears its last words, also when it was told something before they were read', async () => {
    const child = spawn('python3', ['-c', LAST_WORDS], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const heard: ExitReport[] = [];
    const ignore = (): void => undefined;
    await new Promise<void>((closed) => {
      const channel = new SupervisorChannel(child.stdio[3] as Duplex, {
        started: ignore,
        error: ignore,
        sample: ignore,
        limit: ignore,
        workspace: ignore,
        exited: (report) => heard.push(report),
        closed,
      });
      standStill(child.pid!);
      channel.renew(1);
    });
    expect(heard).toMatchObject([{ signal: 'SIGKILL', reason: 'signal' }]);
  });
});
