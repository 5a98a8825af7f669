import { describe, expect, it } from 'vitest';
import { ClaudeError } from '../error/index.js';
import { type RunActivity } from './run-activity.js';
import { WedgeWatch } from './wedge-watch.js';

const WEDGED_MS = 10_000;

/** A process whose figures are in the hands of the test. */
class Staged {
  at = 0;
  cpuMs = 0;
  others = 0;
  answers = true;
  asked = 0;
  explained = false;
  heardAt = 0;
  tools: string[] = [];
  readonly found: ClaudeError[] = [];
  readonly watch = new WedgeWatch({
    agent: this.agent,
    activity: this.activity,
    wedgedMs: WEDGED_MS,
    wedged: (error) => this.found.push(error),
    now: () => this.at,
  });

  private get agent() {
    const staged = this as Staged;
    return {
      look: () => Promise.resolve(),
      get otherProcesses() {
        return staged.others;
      },
      get resources() {
        return { cpuMs: staged.cpuMs, peakMemoryBytes: 0 };
      },
      request: () => {
        staged.asked += 1;
        return staged.answers ? Promise.resolve({}) : Promise.reject(new ClaudeError('cli.no_answer'));
      },
    };
  }

  private get activity(): RunActivity {
    const staged = this as Staged;
    return {
      get isExplained() {
        return staged.explained;
      },
      get silentMs() {
        return staged.at - staged.heardAt;
      },
      get openTools() {
        return staged.tools;
      },
    } as unknown as RunActivity;
  }

  /** Lets time pass, with a look each second. */
  async pass(ms: number, cpuMsEach = 0): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1000) {
      this.at += 1000;
      this.cpuMs += cpuMsEach;
      await this.watch.tick();
    }
  }
}

describe('the watch for what is wedged', () => {
  it('finds a process that says, does and waits for nothing, once', async () => {
    const staged = new Staged();
    await staged.pass(WEDGED_MS);
    expect(staged.found).toEqual([]);
    await staged.pass(30_000);
    expect(staged.found).toHaveLength(1);
    expect(staged.found[0]).toMatchObject({ code: 'cli.wedged', details: { tools: [] } });
    expect(staged.asked).toBe(0);
  });

  it('begins anew with every word, and with everything that explains the silence', async () => {
    const staged = new Staged();
    for (let n = 0; n < 10; n += 1) {
      await staged.pass(WEDGED_MS - 2000);
      staged.heardAt = staged.at;
      await staged.pass(1000);
      staged.explained = true;
      await staged.pass(1000);
      staged.explained = false;
    }
    expect(staged.found).toEqual([]);
  });

  it('leaves one that works', async () => {
    const staged = new Staged();
    await staged.pass(60_000, 200);
    expect(staged.found).toEqual([]);
    await staged.pass(2 * WEDGED_MS + 2000, 10);
    expect(staged.found).toHaveLength(1);
  });

  it('leaves a tool that has a process, or whose CLI answers', async () => {
    const staged = new Staged();
    staged.tools = ['Bash'];
    staged.answers = false;
    staged.others = 1;
    await staged.pass(60_000);
    expect([staged.found, staged.asked]).toEqual([[], 0]);
    staged.others = 0;
    staged.answers = true;
    await staged.pass(60_000);
    expect(staged.found).toEqual([]);
    expect(staged.asked).toBeGreaterThan(1);
    staged.answers = false;
    await staged.pass(2 * WEDGED_MS + 2000);
    expect(staged.found[0]).toMatchObject({ code: 'cli.wedged', details: { tools: ['Bash'] } });
  });

  it('finds nothing after it was stopped', async () => {
    const staged = new Staged();
    await staged.pass(WEDGED_MS);
    staged.watch.stop();
    await staged.pass(60_000);
    expect(staged.found).toEqual([]);
  });
});
