import { ClaudeError } from '@steward/claude';
import { type Problem, type Run } from '@steward/client';
import { expect } from 'vitest';
import { type Answer } from '../support/http.js';
import { type Met } from './scenario.types.js';

/** Met in the answer to a request. */
export function inAnswer({ status, headers, problem }: Answer): Met {
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  return { code: problem.code, message: problem.detail, retryable: problem.retryable, status };
}

/** Met in an acknowledgement of Socket.IO, or in its refusal to connect. */
export const inProblem = ({ code, detail, retryable, status }: Problem): Met => ({
  code,
  message: detail,
  retryable,
  status,
});

/** Met at the end of a run. */
export function inRun({ error }: Pick<Run, 'error'>): Met {
  if (!error) return expect.unreachable('the run did not fail');
  return { code: error.code, message: error.message, retryable: error.retryable, status: null };
}

/** Met in what a server that did not start has to say. */
export function inLastWords(output: string): Met {
  const [, message = null, code = ''] = /^steward: (.*?) \(([a-z_]+\.[a-z_]+)\)$/m.exec(output) ?? [];
  return { code, message, retryable: null, status: null };
}

/** Met in the log of a server. */
export function inLog(output: string, code: string): Met {
  const found = output.split('\n').some((line) => line.includes(`"code":"${code}"`));
  return { code: found ? code : '', message: null, retryable: null, status: null };
}

/** Met by a part of the server itself. */
export function inside(thrown: unknown): Met {
  if (!(thrown instanceof ClaudeError)) return expect.unreachable(`that is none of ours: ${String(thrown)}`);
  return { code: thrown.code, message: thrown.message, retryable: thrown.retryable, status: null };
}
