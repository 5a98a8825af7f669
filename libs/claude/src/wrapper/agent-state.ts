export type AgentState = 'starting' | 'ready' | 'busy' | 'stopping' | 'exited';

const NEXT: Record<AgentState, readonly AgentState[]> = {
  starting: ['ready', 'stopping', 'exited'],
  ready: ['busy', 'stopping', 'exited'],
  busy: ['ready', 'stopping', 'exited'],
  stopping: ['exited'],
  exited: [],
};

/** The life of one agent process; a move that is not in the table is a defect and throws. */
export class AgentStateMachine {
  private current: AgentState = 'starting';

  constructor(private readonly onMove: (from: AgentState, to: AgentState) => void) {}

  get state(): AgentState {
    return this.current;
  }

  move(to: AgentState): void {
    const from = this.current;
    if (!NEXT[from].includes(to)) throw new Error(`an agent process cannot go from ${from} to ${to}`);
    this.current = to;
    this.onMove(from, to);
  }

  /** The same as `move`, for an end that may have been reached already. */
  moveUnless(done: readonly AgentState[], to: AgentState): void {
    if (!done.includes(this.current)) this.move(to);
  }
}
