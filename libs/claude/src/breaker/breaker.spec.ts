import { describe, expect, it } from 'vitest';
import { ClaudeError } from '../error/index.js';
import { Breaker, type Passage } from './breaker.js';
import { OutcomeWindow } from './outcome-window.js';

const TERMS = { windowMs: 1000, failures: 4, ratio: 0.5, openMs: 50, maxOpenMs: 100 };

describe('when a breaker opens', () => {
  const window = () => {
    const clock = { now: 0 };
    const noted = new OutcomeWindow(TERMS, () => clock.now);
    const note = (who: string, ...outcomes: boolean[]) => outcomes.forEach((ok) => noted.note(who, ok));
    return { clock, note, noted };
  };

  it('enough failures of the only user', () => {
    const { note, noted } = window();
    note('ann', false, false, false);
    expect(noted.failure()).toBe(false);
    note('ann', false);
    expect(noted.failure()).toBe(true);
  });

  it('not while most of them work', () => {
    const { note, noted } = window();
    note('ann', false, true, true, false, true, true, false, true, true, false, true, true);
    expect(noted.failure()).toBe(false);
  });

  it('not for one user who fails alone, however often', () => {
    const { note, noted } = window();
    for (let n = 0; n < 100; n += 1) note('eve', false);
    note('ann', true);
    note('bob', true);
    expect(noted.failure()).toBe(false);
    note('ann', false);
    note('bob', false);
    expect(noted.failure()).toBe(true);
  });

  it('not for one of two users either', () => {
    const { note, noted } = window();
    for (let n = 0; n < 20; n += 1) note('eve', false);
    note('ann', true);
    expect(noted.failure()).toBe(false);
    note('ann', false);
    expect([noted.failure(), noted.failing()]).toEqual([true, ['eve', 'ann']]);
  });

  it('not for what is long past', () => {
    const { clock, note, noted } = window();
    note('ann', false, false, false, false);
    clock.now = 1001;
    expect(noted.failure()).toBe(false);
    expect(noted.isEmpty).toBe(true);
  });
});

describe('a breaker', () => {
  const breaker = () => {
    const states: string[] = [];
    const made = new Breaker('model', 'sonnet', TERMS, ({ state }) => states.push(state));
    return { made, states };
  };
  const settled = () => new Promise((done) => setImmediate(done));
  const enter = (made: Breaker, who = 'ann'): Passage => {
    const passage = made.enter(who);
    if (passage instanceof ClaudeError) throw passage;
    return passage;
  };
  const fail = async (made: Breaker, times: number) => {
    for (let n = 0; n < times; n += 1) enter(made).failed('model.overloaded');
    await settled();
  };
  const due = (made: Breaker) => new Promise((done) => setTimeout(done, made.retryAtMs! - Date.now() + 2));

  it('refuses while it is open, and says until when and why', async () => {
    const { made, states } = breaker();
    await fail(made, 4);
    expect(states).toEqual(['open']);
    const refusal = made.enter('ann');
    expect(refusal).toBeInstanceOf(ClaudeError);
    expect(refusal).toMatchObject({
      code: 'breaker.open',
      details: { scope: 'model', model: 'sonnet', cause: 'model.overloaded', retryAt: made.view.retryAt },
    });
    expect(made.refusalOf('ann')).toMatchObject({ code: 'breaker.open' });
  });

  it('lets one probe through, and closes when it works', async () => {
    const { made, states } = breaker();
    await fail(made, 4);
    await due(made);
    expect(made.refusalOf('ann')).toBeNull();
    const probe = enter(made);
    expect([probe.isProbe, made.state]).toEqual([true, 'half_open']);
    expect(made.enter('ann')).toBeInstanceOf(ClaudeError);
    probe.succeeded();
    await settled();
    expect(states).toEqual(['open', 'half_open', 'closed']);
    // What failed before is forgotten.
    await fail(made, 3);
    expect(made.state).toBe('closed');
  });

  it('stays open for twice the time when the probe fails, or is left, up to its bound', async () => {
    const { made } = breaker();
    await fail(made, 4);
    const times = [made.retryAtMs! - Date.parse(made.view.since)];
    for (const how of ['failed', 'left', 'failed'] as const) {
      await due(made);
      enter(made)[how]('model.failed');
      await settled();
      times.push(made.retryAtMs! - Date.parse(made.view.since));
    }
    expect(times).toEqual([50, 100, 100, 100]);
  });

  it('is tried by whoever has not met the failure, and closes for all when it works for them', async () => {
    const { made, states } = breaker();
    await fail(made, 4);
    expect(made.refusalOf('bob')).toBeNull();
    enter(made, 'bob').succeeded();
    expect([made.state, ...states]).toEqual(['closed', 'open', 'closed']);
    // Ann is one of two users from here on.
    await fail(made, 20);
    expect(made.state).toBe('closed');
  });

  it('is tried by each of them until they meet the failure, and again when it has stood open for longest', async () => {
    const { made, states } = breaker();
    await fail(made, 4);
    // What comes of one of them is nobody's answer yet.
    const [trial, other] = [enter(made, 'bob'), enter(made, 'bob')];
    trial.left();
    other.failed('model.failed');
    expect(made.enter('bob')).toBeInstanceOf(ClaudeError);
    enter(made, 'cid').failed('model.failed');
    expect(states).toEqual(['open']);
    expect(made.outageFor('bob')).toMatchObject({ code: 'breaker.open' });
    // It is still the probe that finds out.
    await due(made);
    expect([made.refusalOf('bob'), made.outageFor('bob')?.code]).toEqual([null, 'breaker.open']);
    enter(made).failed('model.failed');
    await settled();
    await new Promise((done) => setTimeout(done, TERMS.maxOpenMs + 2));
    enter(made, 'bob').succeeded();
    expect(states).toEqual(['open', 'half_open', 'open', 'closed']);
  });

  it('is not shut again for one user by the probes of another', async () => {
    const { made } = breaker();
    enter(made, 'bob').failed('model.failed');
    await fail(made, 4);
    const openedAt = performance.now();
    expect(made.outageFor('bob')).not.toBeNull();
    while (performance.now() - openedAt < TERMS.maxOpenMs) {
      await due(made);
      const probe = made.enter('ann');
      if (!(probe instanceof ClaudeError)) probe.failed('model.failed');
      await settled();
    }
    expect([made.outageFor('bob'), made.state]).toEqual([null, 'open']);
  });

  it('stays closed when a probe fails that was under way when it worked for another', async () => {
    const { made, states } = breaker();
    await fail(made, 4);
    await due(made);
    const probe = enter(made);
    expect(made.state).toBe('half_open');
    enter(made, 'bob').succeeded();
    probe.failed('model.failed');
    await settled();
    expect([made.state, ...states]).toEqual(['closed', 'open', 'half_open', 'closed']);
  });

  it('counts what ended without an answer neither way', async () => {
    const { made } = breaker();
    for (let n = 0; n < 10; n += 1) enter(made).left();
    await fail(made, 3);
    expect(made.state).toBe('closed');
    expect(made.isIdle).toBe(false);
  });

  it('takes one word of each use', async () => {
    const { made } = breaker();
    const once = enter(made);
    for (let n = 0; n < 10; n += 1) once.failed('model.failed');
    await settled();
    expect(made.state).toBe('closed');
  });
});
