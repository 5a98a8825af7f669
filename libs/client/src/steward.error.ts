import { ClientError } from './client.error.js';
import { ProblemError } from './problem.error.js';

/** Everything that a call or a follower throws, but for the reason of your own `AbortSignal`. Told apart by `code`. */
export type StewardError = ProblemError | ClientError;

export const isStewardError = (thrown: unknown): thrown is StewardError =>
  thrown instanceof ProblemError || thrown instanceof ClientError;
