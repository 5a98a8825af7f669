import { describe, expect, it } from 'vitest';
import { readConversation } from '../request/conversation.reader.js';
import type { MessagesRequest } from '../wire/api.types.js';
import { compileScript } from './script.compiler.js';
import { chooseStep, FaultCounters, sessionOf } from './step.chooser.js';

const request = (prompt: string, replies = 0): MessagesRequest => ({
  model: 'm',
  messages: [
    { role: 'user', content: prompt },
    ...Array.from({ length: replies }, () => [
      { role: 'assistant' as const, content: 'x' },
      { role: 'user' as const, content: [{ type: 'tool_result', tool_use_id: 't', content: 'y' }] },
    ]).flat(),
  ],
});

function played(prompt: string, replies: number, counters = new FaultCounters(), session = 's'): string {
  const conversation = readConversation(request(prompt, replies));
  const { step, fault } = chooseStep(compileScript(prompt)!, conversation, session, counters);
  return fault?.source ?? (step.source || 'closing');
}

describe('chooseStep', () => {
  it('plays one step for each reply, then the closing one', () => {
    const prompt = '[[read a]] [[read b]]';
    expect([0, 1, 2, 3].map((replies) => played(prompt, replies))).toEqual([
      '[[read a]]',
      '[[read b]]',
      'closing',
      'closing',
    ]);
  });

  it('lets a fault happen as often as it says and then goes on', () => {
    const counters = new FaultCounters();
    const prompt = '[[read a]] [[error 500 times=2]] [[cut times=1]] [[say b]] [[error 529 times=1]]';
    const at = (replies: number) => played(prompt, replies, counters);
    expect(at(0)).toBe('[[read a]]');
    expect([at(1), at(1), at(1), at(1), at(1)]).toEqual([
      '[[error 500 times=2]]',
      '[[error 500 times=2]]',
      '[[cut times=1]]',
      '[[say b]]',
      '[[say b]]',
    ]);
    expect([at(2), at(2)]).toEqual(['[[error 529 times=1]]', 'closing']);
  });

  it('counts for each session and prompt, or for the whole server under a key', () => {
    const counters = new FaultCounters();
    const play = (prompt: string, session: string) => played(prompt, 0, counters, session);
    expect([play('[[cut times=1]] a', 's'), play('[[cut times=1]] a', 's')]).toEqual(['[[cut times=1]]', 'closing']);
    expect([play('[[cut times=1]] b', 's'), play('[[cut times=1]] a', 't')]).toEqual([
      '[[cut times=1]]',
      '[[cut times=1]]',
    ]);
    const keyed = '[[cut times=1 key=k]]';
    expect([play(keyed, 's'), play(`${keyed} b`, 't')]).toEqual([keyed, 'closing']);
    counters.clear();
    expect(play(keyed, 's')).toBe(keyed);
  });

  it('knows the session by header, else by metadata', () => {
    const body = request('x');
    expect(sessionOf('h', body)).toBe('h');
    expect(sessionOf(undefined, { ...body, metadata: { user_id: '{"session_id":"m"}' } })).toBe('m');
    expect(sessionOf(undefined, { ...body, metadata: { user_id: 'plain' } })).toBe('none');
  });
});
