import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isDying } from './is-dying.js';

describe('a process', () => {
  it('that lives is not dying', () => expect(isDying(process.pid)).toBe(false));

  it('that was killed is, from that moment on', async () => {
    // Large enough for its end to take a while.
    const large = "const b = Buffer.alloc(300_000_000, 1); console.log('ready'); setInterval(() => b, 1000)";
    const child = spawn(process.execPath, ['-e', large], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    expect(isDying(child.pid!)).toBe(false);
    child.kill('SIGKILL');
    // The signal takes the kernel a moment to deliver.
    await new Promise((done) => setTimeout(done, 2));
    expect(isDying(child.pid!)).toBe(true);
    await once(child, 'close');
    expect(isDying(child.pid!)).toBe(true);
  });
});
