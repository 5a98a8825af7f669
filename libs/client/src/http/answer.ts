import { type Problem } from '../generated/api.generated.js';
import { ClientError } from '../client.error.js';
import { ProblemError } from '../problem.error.js';
import { ConnectionLost } from './connection-lost.error.js';

/** Answers of something between here and the server that a moment later may be others. */
const PASSING = new Set([502, 503, 504]);

/** What a refusal means: a `ProblemError`, a `ConnectionLost` around it when it may pass by itself, or a `ClientError`. */
export async function refusalOf(response: Response): Promise<Error> {
  const { status } = response;
  const retryAfterMs = retryAfterOf(response.headers.get('retry-after'));
  const problem = await problemIn(response);
  if (!problem) {
    const text = `${response.url} answered ${status} without a problem document`;
    return PASSING.has(status) ? new ConnectionLost(text, { retryAfterMs }) : new ClientError('client.protocol', text);
  }
  const error = new ProblemError(problem, retryAfterMs);
  const passes =
    problem.code === 'idempotency.in_progress' ||
    (PASSING.has(status) && (problem.retryable || retryAfterMs !== undefined));
  return passes ? new ConnectionLost(problem.detail, { cause: error, retryAfterMs }) : error;
}

async function problemIn(response: Response): Promise<Problem | undefined> {
  try {
    const body = (await response.json()) as Partial<Problem> | null;
    return typeof body?.code === 'string' ? (body as Problem) : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
