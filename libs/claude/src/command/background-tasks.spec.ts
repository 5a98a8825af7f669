import { describe, expect, it } from 'vitest';
import { BackgroundTasks } from './background-tasks.js';
import { type CliMessage } from './cli-message.types.js';

const system = (subtype: string, more: object = {}): CliMessage => ({ type: 'system', subtype, ...more });
const started = (id: string) => system('task_started', { task_id: id, task_type: 'local_bash', description: id });
const notified = (id: string) => system('task_notification', { task_id: id, status: 'completed' });
const result = (text: string, origin?: string): CliMessage => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  result: text,
  ...(origin ? { origin: { kind: origin } } : {}),
});

function follow(...messages: CliMessage[]): BackgroundTasks {
  const tasks = new BackgroundTasks();
  for (const message of messages) tasks.accept(message);
  return tasks;
}

describe('background tasks', () => {
  it('a prompt without any is over with its answer', () => {
    expect(follow(system('init')).isOver).toBe(false);
    expect(follow(system('init'), result('answer')).isOver).toBe(true);
  });

  it('a turn about a task of an earlier process is neither the answer nor something to end', () => {
    const tasks = follow(system('init'), result('', 'task-notification'));
    expect([tasks.isOver, tasks.result]).toEqual([false, undefined]);
    tasks.accept(system('init'));
    tasks.accept(result('answer'));
    expect([tasks.isOver, tasks.result]).toMatchObject([true, { result: 'answer' }]);
  });

  it('an open task keeps the prompt open until the turn about it has ended', () => {
    const tasks = follow(started('a'), result('answer'));
    expect([tasks.isOver, tasks.open.length]).toEqual([false, 1]);
    tasks.accept(notified('a'));
    tasks.accept(system('init'));
    expect(tasks.isOver).toBe(false);
    tasks.accept(result('report', 'task-notification'));
    expect([tasks.isOver, tasks.result]).toMatchObject([true, { result: 'report' }]);
  });
});
