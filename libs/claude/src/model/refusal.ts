import { type ServerResponse } from 'node:http';
import { type ErrorView } from '../error/index.js';

/** Why the gateway does not forward a request. */
export type RefusalReason =
  'path' | 'token' | 'no_run' | 'no_credential' | 'budget' | 'closing' | 'unreachable' | 'breaker';

interface Refusal {
  /** None that the CLI repeats: it would only be refused again. */
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

const REFUSALS: Readonly<Record<RefusalReason, Refusal>> = {
  path: { status: 404, type: 'not_found_error', message: 'Steward forwards requests for messages only.' },
  token: { status: 403, type: 'permission_error', message: 'Steward does not know this token.' },
  no_run: { status: 403, type: 'permission_error', message: 'This process serves no run of Steward now.' },
  no_credential: {
    status: 403,
    type: 'permission_error',
    message: 'Steward has no credential for the model provider.',
  },
  budget: { status: 400, type: 'invalid_request_error', message: 'The budget of this run is used up.' },
  unreachable: { status: 503, type: 'api_error', message: 'The model provider could not be reached.' },
  breaker: { status: 503, type: 'overloaded_error', message: 'The model provider failed too often; it is left alone.' },
  closing: { status: 403, type: 'permission_error', message: 'The run is over.' },
};

const bodyOf = ({ type, message }: Refusal): string => JSON.stringify({ type: 'error', error: { type, message } });

export function refuse(response: ServerResponse, reason: RefusalReason): void {
  const refusal = REFUSALS[reason];
  const body = bodyOf(refusal);
  response.writeHead(refusal.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-should-retry': 'false',
  });
  response.end(body);
}

/** Ends an answer that streams already. Where no event can follow nothing can be said any more, only broken off. */
export function breakOff(response: ServerResponse, error: ErrorView, isOpenStream: boolean): void {
  if (!isOpenStream) return void response.destroy();
  const data = bodyOf({ ...REFUSALS.budget, message: error.message });
  response.end(`\n\nevent: error\ndata: ${data}\n\n`);
}
