import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BackgroundTasks } from './background-tasks.js';
import { type CliMessage } from './cli-message.types.js';

const system = (subtype: string, fields: object = {}): CliMessage => ({ type: 'system', subtype, ...fields });
const started = (id: string, type = 'local_bash') =>
  system('task_started', { task_id: id, task_type: type, description: `task ${id}` });
const updated = (id: string, status: string) => system('task_updated', { task_id: id, patch: { status } });
const notified = (id: string, status = 'completed') => system('task_notification', { task_id: id, status });
const state = (name: string) => system('session_state_changed', { state: name });
const answer: CliMessage = { type: 'result', subtype: 'success', is_error: false, result: 'answer' };
const report: CliMessage = { ...answer, result: 'report', origin: { kind: 'task-notification' } };

/** After which of these messages the run is over. */
function overAfter(...messages: CliMessage[]): boolean[] {
  const tasks = new BackgroundTasks();
  return messages.map((message) => {
    tasks.accept(message);
    return tasks.isOver;
  });
}

describe('background tasks', () => {
  it('a run without any is over with its answer', () => {
    expect(overAfter(state('running'), system('init'), answer)).toEqual([false, false, true]);
  });

  it('2.1.197: the turn begins, then the notification, then its result', () => {
    const late = [updated('a', 'completed'), state('running'), notified('a'), system('init'), report];
    expect(overAfter(started('a'), answer, state('idle'), ...late)).toEqual([...Array(7).fill(false), true]);
  });

  it('2.1.229: the notification comes before the turn begins', () => {
    const late = [updated('a', 'completed'), notified('a'), state('running'), system('init'), report];
    expect(overAfter(started('a'), answer, state('idle'), ...late)).toEqual([...Array(7).fill(false), true]);
  });

  it('one that was stopped is over with its notification: no turn follows', () => {
    expect(overAfter(started('a'), answer, state('idle'), notified('a', 'stopped')).at(-1)).toBe(true);
  });

  it('a foreground command that takes long is notified of within its turn', () => {
    expect(overAfter(state('running'), started('a'), notified('a'), answer).at(-1)).toBe(true);
  });

  const requesting = system('status', { status: 'requesting' });

  it('one that ended during a turn is told with the next request of that turn, which no notification says', async () => {
    const tasks = new BackgroundTasks();
    for (const message of [state('running'), started('a'), updated('a', 'completed')]) tasks.accept(message);
    await delay(300);
    for (const message of [requesting, answer]) tasks.accept(message);
    expect([tasks.open, tasks.isOver]).toEqual([[], true]);
  });

  it('one that ended just before a request may be told later: a turn about it is waited for, but not for ever', () => {
    const tasks = new BackgroundTasks();
    for (const message of [state('running'), started('a'), updated('a', 'completed'), requesting])
      tasks.accept(message);
    expect(tasks.open).toHaveLength(1);
    tasks.accept(answer);
    expect([tasks.open, tasks.isQuiet, tasks.isOver]).toEqual([[], true, false]);
    for (const message of [state('running'), system('init'), report]) tasks.accept(message);
    expect(tasks.isOver).toBe(true);
  });

  it('one that ended after the last request of a turn is told in another', () => {
    const turn = [state('running'), started('a'), requesting, updated('a', 'completed'), answer];
    expect(overAfter(...turn, notified('a'), state('running'), system('init'), report)).toEqual([
      ...Array(8).fill(false),
      true,
    ]);
  });

  it('a report on what an earlier process left answers nothing', () => {
    expect(overAfter(state('running'), system('init'), report, state('idle'), answer)).toEqual([
      ...Array(4).fill(false),
      true,
    ]);
  });

  it('such a report is no result of the run', () => {
    const tasks = new BackgroundTasks();
    for (const message of [system('init'), report]) tasks.accept(message);
    expect(tasks.result).toBeUndefined();
    tasks.accept(answer);
    expect(tasks.result).toBe(answer);
  });

  it('are listed while they run, and once they have ended until that was told', () => {
    const tasks = new BackgroundTasks();
    for (const message of [started('a'), started('b', 'local_agent'), updated('b', 'completed')]) tasks.accept(message);
    expect(tasks.open).toEqual([
      { id: 'a', type: 'local_bash', description: 'task a', ended: false },
      { id: 'b', type: 'local_agent', description: 'task b', ended: true },
    ]);
  });

  it('messages of another shape change nothing', () => {
    const odd = [system('task_updated', { task_id: 'x' }), system('task_updated', { task_id: 'x', patch: null })];
    expect(overAfter(...odd, answer).at(-1)).toBe(true);
  });
});
