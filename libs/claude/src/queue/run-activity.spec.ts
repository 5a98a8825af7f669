import { describe, expect, it } from 'vitest';
import { type NewEvent } from '../stream/index.js';
import { RunActivity } from './run-activity.js';

const progress = (data: object): NewEvent => ({ type: 'run.progress', data }) as NewEvent;
const tool = (id: string, name: string): NewEvent => ({
  type: 'tool.started',
  data: { toolUseId: id, name, input: {}, parentToolUseId: null },
});
const done = (id: string): NewEvent => ({ type: 'tool.finished', data: { toolUseId: id } }) as NewEvent;
const delta: NewEvent = { type: 'text.delta', data: { text: 'x', messageId: 'm', block: 0 } };

/** An attempt whose clock and surroundings are in the hands of the test. */
class Staged {
  at = 1_000_000;
  model: boolean | null = false;
  people = false;
  background = false;
  unwritten: number | null = null;
  readonly activity = new RunActivity(
    {
      model: () => this.model,
      people: () => this.people,
      background: () => this.background,
      unwrittenSince: () => this.unwritten,
    },
    () => this.at,
  );

  after(ms: number): this {
    this.at += ms;
    return this;
  }

  get what(): string {
    return this.activity.current.what;
  }
}

/** With its prompt. */
const begun = (): Staged => {
  const staged = new Staged();
  staged.activity.enter(null);
  return staged;
};

describe('the activity of a run', () => {
  it('names what it waits for before it has its prompt', () => {
    const { activity } = new Staged();
    expect(activity.current.what).toBe('starting');
    activity.enter('place');
    expect(activity.current.what).toBe('place');
    activity.enter('resuming');
    expect(activity.current).toMatchObject({ what: 'resuming', text: expect.stringMatching(/goes on/) as string });
    activity.enter(null);
    expect(activity.current.what).toBe('working');
  });

  it('follows what the CLI says', () => {
    const { activity } = begun();
    const seen = (event: NewEvent) => (activity.note(event), activity.current.what);
    expect(seen(progress({ activity: 'requesting', text: 'Waiting for the model.' }))).toBe('requesting');
    expect(seen(progress({ activity: 'thinking', text: 'Thinking.' }))).toBe('thinking');
    expect(seen(delta)).toBe('answering');
    expect(seen(tool('a', 'Bash'))).toBe('tool');
    expect(activity.current).toMatchObject({ text: 'Bash runs.', tool: 'Bash' });
    expect(seen(done('a'))).toBe('working');
    expect(seen(progress({ activity: 'compacting', text: 'Summing up.' }))).toBe('compacting');
  });

  it('says since when, and until when it knows', () => {
    const staged = begun();
    staged.activity.note(tool('a', 'Bash'));
    const since = new Date(staged.at).toISOString();
    expect(staged.after(42_000).activity.view).toEqual({ what: 'tool', text: 'Bash runs.', since, until: null });
    staged.activity.note(done('a'));
    staged.activity.note(progress({ activity: 'api_retry', text: 'API retry 1 of 2.', delayMs: 4000 }));
    const until = new Date(staged.at + 4000).toISOString();
    expect(staged.activity.view).toMatchObject({ what: 'api_retry', text: 'API retry 1 of 2.', until });
  });

  it('knows people, tasks in the background and a Redis that is away', () => {
    const staged = begun();
    staged.people = true;
    expect(staged.what).toBe('approval');
    const { since } = staged.activity.view;
    expect(staged.after(5000).activity.view.since).toBe(since);
    staged.people = false;
    staged.background = true;
    expect(staged.what).toBe('background');
    staged.unwritten = staged.at;
    expect(staged.after(1000).what).toBe('background');
    expect(staged.after(2000).what).toBe('redis');
    staged.activity.enter('stopping');
    expect(staged.what).toBe('stopping');
  });

  it('believes the gateway more than the newest word of the CLI', () => {
    const staged = begun();
    staged.activity.note(tool('a', 'Read'));
    staged.activity.note(done('a'));
    staged.model = true;
    expect(staged.after(4000).what).toBe('requesting');
    staged.model = false;
    expect(staged.what).toBe('silent');
    staged.activity.heard();
    expect(staged.what).toBe('working');
    // Where nobody sees the requests, the CLI's word stands.
    staged.model = null;
    staged.activity.note(progress({ activity: 'requesting', text: 'Waiting for the model.' }));
    expect(staged.after(60_000).what).toBe('requesting');
  });

  it('explains a silence by what is waited for, and by nothing else', () => {
    const staged = begun();
    expect(staged.activity.isExplained).toBe(false);
    staged.activity.note(tool('a', 'Bash'));
    expect(staged.activity.isExplained).toBe(false);
    const explained: ((one: Staged) => unknown)[] = [
      (one) => (one.people = true),
      (one) => (one.background = true),
      (one) => (one.model = true),
      (one) => (one.unwritten = 1),
    ];
    for (const set of explained) {
      const other = begun();
      set(other);
      expect(other.activity.isExplained).toBe(true);
    }
    const retrying = begun();
    retrying.activity.note(progress({ activity: 'api_retry', text: 'Again.', delayMs: 4000 }));
    expect(retrying.after(5000).activity.isExplained).toBe(true);
    expect(retrying.after(5000).activity.isExplained).toBe(false);
    expect(new Staged().activity.isExplained).toBe(true);
  });
});
