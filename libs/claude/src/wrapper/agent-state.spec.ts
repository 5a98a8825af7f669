import { expect, it } from 'vitest';
import { type AgentState, AgentStateMachine } from './agent-state.js';

const STATES: AgentState[] = ['starting', 'ready', 'busy', 'stopping', 'exited'];
const PATHS: Record<AgentState, AgentState[]> = {
  starting: [],
  ready: ['ready'],
  busy: ['ready', 'busy'],
  stopping: ['stopping'],
  exited: ['exited'],
};
const LEGAL = new Set([
  'starting>ready',
  'starting>stopping',
  'starting>exited',
  'ready>busy',
  'ready>stopping',
  'ready>exited',
  'busy>ready',
  'busy>stopping',
  'busy>exited',
  'stopping>exited',
]);

it.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))('%s → %s', (from, to) => {
  const moves: string[] = [];
  const machine = new AgentStateMachine((one, other) => moves.push(`${one}>${other}`));
  for (const state of PATHS[from]) machine.move(state);
  moves.length = 0;
  if (LEGAL.has(`${from}>${to}`)) {
    machine.move(to);
    expect(moves).toEqual([`${from}>${to}`]);
  } else {
    expect(() => machine.move(to)).toThrow(/cannot go/);
    expect(machine.state).toBe(from);
  }
});
