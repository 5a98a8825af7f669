import { describe, expect, it } from 'vitest';
import { QuietTeller } from './quiet-teller.js';
import { RunActivity } from './run-activity.js';

describe('who tells why a run is quiet', () => {
  const stage = () => {
    const clock = { at: 1_000_000 };
    const now = () => clock.at;
    const never = () => false;
    const sources = { model: never, people: never, background: never, unwrittenSince: () => null };
    const activity = new RunActivity(sources, now);
    return { clock, activity, teller: new QuietTeller(activity, 10_000, now) };
  };

  it('begins after a while, then after twice the time, at least once a minute', () => {
    const { clock, teller } = stage();
    const told: number[] = [];
    let seq = 5;
    teller.look(seq);
    for (let second = 1; second <= 300; second += 1) {
      clock.at += 1000;
      if (!teller.look(seq)) continue;
      told.push(second);
      // What it tells is an event, too.
      seq += 1;
    }
    expect(told).toEqual([10, 20, 40, 80, 140, 200, 260]);
  });

  it('begins anew with every other event', () => {
    const { clock, teller } = stage();
    for (let seq = 1; seq < 20; seq += 1) {
      clock.at += 9000;
      expect(teller.look(seq)).toBeNull();
    }
  });

  it('says what, since when and until when', () => {
    const { clock, activity, teller } = stage();
    activity.enter(null);
    activity.note({ type: 'tool.started', data: { toolUseId: 'a', name: 'Bash', input: {}, parentToolUseId: null } });
    clock.at += 42_000;
    const data = { activity: 'tool', tool: 'Bash', elapsedMs: 42_000, text: 'Bash runs (for 42 s).' };
    expect(teller.progress()).toEqual(data);
    activity.note({ type: 'tool.finished', data: { toolUseId: 'a' } as never });
    activity.note({ type: 'run.progress', data: { activity: 'api_retry', text: 'API retry 1 of 2.', delayMs: 8000 } });
    const resetsAt = new Date(clock.at + 8000).toISOString();
    expect(teller.progress()).toMatchObject({ activity: 'api_retry', resetsAt, elapsedMs: 0 });
  });
});
