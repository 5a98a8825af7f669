/** What a run is doing, or waits for, and what that means. */
export const ACTIVITIES = {
  queued: 'pending: it waits for its turn, or for the run of its session before it',
  start_at: 'pending: it waits for the moment that it was given',
  retry: 'pending: an attempt failed; the next one begins at `until`',
  rate_limit: 'a limit of the model provider is met; it ends at `until`',
  outage: 'the model provider, or something else that it needs, is away; it goes on when that is back',
  approval: 'people are waited for',
  alone: 'pending: it has lost a worker, and waits until nothing else runs on the one that has it now',
  lease: 'pending: a worker has it, and waits until another one lets go of its session',
  place: 'the owner, or the server, has as many agent processes as there may be',
  starting: 'an agent process is started',
  resuming: 'an agent process is started and opens the conversation again',
  working: 'the agent has the prompt, and does something that it does not tell',
  requesting: 'the model is waited for',
  thinking: 'the model thinks',
  answering: 'the model writes',
  tool: 'a tool runs',
  api_retry: 'a request to the model failed; the CLI repeats it at `until`',
  compacting: 'the conversation is summed up',
  background: 'the answer is there; tasks in the background are waited for',
  redis: 'Redis does not answer; what happens is told when it does',
  silent: 'the agent process says nothing, and nothing is known that it waits for',
  stopping: 'the run is being ended',
} as const satisfies Record<string, string>;

export type Activity = keyof typeof ACTIVITIES;

/** Why a run is quiet, or what it is doing. Times are ISO 8601 UTC. */
export interface RunActivityView {
  readonly what: Activity;
  /** The same as a sentence for people. */
  readonly text: string;
  readonly since: string;
  /** When it goes on by itself; null when nobody knows. */
  readonly until: string | null;
}
