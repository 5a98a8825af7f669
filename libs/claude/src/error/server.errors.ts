import { detail, type ErrorRow } from './error-row.types.js';

/** What this server, its queue, its log and its configuration cannot do. */
export const SERVER_ERRORS = {
  'queue.full': {
    kind: 'limited',
    retryable: true,
    fixedBy: 'user',
    message: (d) => `${detail(d, 'waiting', 'Too many')} runs are waiting already; try again later.`,
  },
  'queue.draining': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: 'This server is shutting down and takes no new work; try again in a moment.',
  },
  'queue.unavailable': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: 'The queue (Redis) does not answer; try again in a moment.',
  },
  'server.overloaded': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `This server is short of ${detail(d, 'short', 'something that it needs')} and takes no new work for now; try again in ${detail(d, 'retryAfterMs', 'some')} ms.`,
  },
  'server.disk_full': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: 'The disk of this server is full; try again when the operator has made room.',
  },
  'worker.lost': {
    kind: 'internal',
    retryable: true,
    fixedBy: 'us',
    message:
      'The workers that ran this ended without finishing it, as often as it may be lost; submit it again (its session is kept).',
  },
  'worker.stopped': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: 'The worker was stopped and its grace period ended before the run did; another one goes on with it.',
  },
  'worker.not_found': {
    kind: 'not_found',
    retryable: false,
    fixedBy: 'user',
    message: 'There is no worker of this id; GET /admin/queue lists those that live.',
  },
  'stream.stale_writer': {
    kind: 'internal',
    retryable: false,
    fixedBy: 'us',
    message: 'This writer lost its run to another worker.',
  },
  'stream.too_many_subscriptions': {
    kind: 'limited',
    retryable: true,
    fixedBy: 'user',
    message: (d) => `One connection follows at most ${detail(d, 'limit', 'a few')} runs; unsubscribe from some.`,
  },
  'stream.too_many_connections': {
    kind: 'limited',
    retryable: true,
    fixedBy: 'user',
    message: (d) =>
      d['whose'] === 'all'
        ? 'This server holds as many connections as it may; try again later, or at another one.'
        : `You have ${detail(d, 'limit', 'as many as allowed')} connections open here already; close some.`,
  },
  'stream.ended': {
    kind: 'internal',
    retryable: false,
    fixedBy: 'us',
    message: 'This run has its terminal event already; nothing can follow it.',
  },
  'config.invalid': {
    kind: 'internal',
    retryable: false,
    fixedBy: 'operator',
    message: (d) =>
      `The configuration is not valid: ${detail(d, 'reason', 'docs/configuration.md lists the settings')}`,
  },
  'redis.not_found': {
    kind: 'unavailable',
    retryable: false,
    fixedBy: 'operator',
    message: (d) =>
      `No Redis: set REDIS_URL, or put redis-server on PATH, or let Debian's package be fetched (${detail(d, 'reason', 'unknown reason')}).`,
  },
  'redis.failed': {
    kind: 'unavailable',
    retryable: true,
    fixedBy: 'operator',
    message: (d) =>
      `Redis does not start, or does not answer: ${detail(d, 'reason', 'its log says why')}; look at REDIS_URL, or at its log.`,
  },
  'server.address_in_use': {
    kind: 'unavailable',
    retryable: false,
    fixedBy: 'operator',
    message: 'Another program listens at this address already; set PORT or HOST to another one.',
  },
  'internal.error': {
    kind: 'internal',
    retryable: false,
    fixedBy: 'us',
    message: 'Something in this server failed; quote the requestId when you report it.',
  },
} as const satisfies Record<string, ErrorRow>;
