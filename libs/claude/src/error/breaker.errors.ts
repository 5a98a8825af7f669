import { detail, type ErrorRow } from './error-row.types.js';

const GUARDED: Readonly<Record<string, string>> = {
  credential: 'The model provider refuses the credential of this server',
  spawn: 'Agent processes cannot be started',
  redis: 'Redis does not answer',
};

/** Outages. */
export const BREAKER_ERRORS = {
  'breaker.open': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: (d) => {
      const model = `The model ${detail(d, 'model', 'that was asked for')} is out of service`;
      return `${GUARDED[String(d['scope'])] ?? model}, and is left alone for now (${detail(d, 'cause', 'it failed too often')}); the next try is at ${detail(d, 'retryAt', 'a later time')}.`;
    },
  },
} as const satisfies Record<string, ErrorRow>;
