import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { rmSync, writeFileSync } from 'node:fs';
import { type Problem } from '@steward/client';
import { expect } from 'vitest';
import { inAnswer, inProblem } from './met.js';
import { OfferedFolders } from './offered.folders.js';
import { OneServer } from './one.server.js';
import { group } from './scenario.types.js';

const MIB = 1024 ** 2;
const TEXT = (data: string) => ({ type: 'text/plain', data: Buffer.from(data).toString('base64') });

class Requests {
  static async start(): Promise<World> {
    const offered = new OfferedFolders(1000);
    const env = {
      ...offered.env,
      STEWARD_MAX_BODY_BYTES: '10000',
      STEWARD_SOCKET_MESSAGES_PER_SECOND: '60',
      STEWARD_MAX_ATTACHMENTS: '1',
      STEWARD_MAX_ATTACHMENT_BYTES: '1000',
      STEWARD_MAX_WORKSPACE_BYTES: String(2 * MIB),
    };
    const one = await OneServer.start({ env }, offered);
    return { one, offered, [Symbol.asyncDispose]: () => one[Symbol.asyncDispose]() };
  }
}

interface World extends AsyncDisposable {
  readonly one: OneServer;
  readonly offered: OfferedFolders;
}

/** Bytes as no client would send them. */
async function talk({ one }: World, bytes: string): Promise<Problem> {
  const { hostname, port } = new URL(one.server.url);
  const socket = connect(Number(port), hostname);
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return JSON.parse(heard.slice(heard.indexOf('\r\n\r\n') + 4)) as Problem;
}

/** What is wrong with a request. */
export const REQUEST_GROUP = group('requests', () => Requests.start(), {
  'request.invalid': async ({ one }) => inAnswer(await one.call('POST', '/execute/async', {})),
  'request.not_found': async ({ one }) => inAnswer(await one.call('GET', '/nothing')),
  'request.method_not_allowed': async ({ one }) => inAnswer(await one.call('PUT', '/execute', {})),
  'request.too_large': async ({ one }) =>
    inAnswer(await one.call('POST', '/sessions', { metadata: { a: 'x'.repeat(20_000) } })),
  'request.media_type': async ({ one }) =>
    inAnswer(await one.call('POST', '/sessions', 'x', { 'content-type': 'text/plain', 'content-length': '1' })),
  'request.length_required': async (world) => {
    const head = `POST /api/v1/claude/execute HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n`;
    const form = `Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    return inProblem(await talk(world, head + form));
  },
  'request.headers_too_large': async (world) =>
    inProblem(await talk(world, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`)),
  'request.foreign_origin': async ({ one }) =>
    inAnswer(await one.call('GET', '/processes', undefined, { origin: 'http://elsewhere.example' })),
  'request.unknown_event': ({ one }) =>
    one.withSocket(async (socket) => inProblem((await socket.ask('claude:nothing', {})).error)),
  'request.too_many': ({ one }) =>
    one.withSocket(async (socket) => {
      const asked = await Promise.all(Array.from({ length: 200 }, () => socket.ask('claude:status', { id: 'none' })));
      const refused = asked.find(({ error }) => error.code === 'request.too_many');
      return inProblem(refused?.error ?? expect.unreachable('all were taken'));
    }),
  'policy.denied': async ({ one }) => inAnswer(await one.submit({ prompt: 'x', recordModelTraffic: true })),
  'worker.not_found': async ({ one }) => inAnswer(await one.call('PATCH', '/admin/workers/nobody', { draining: true })),
  'idempotency.conflict': async ({ one }) => {
    const key = { 'idempotency-key': 'one' };
    await one.call('POST', '/sessions', { metadata: { a: '1' } }, key);
    return inAnswer(await one.call('POST', '/sessions', { metadata: { a: '2' } }, key));
  },
  'idempotency.in_progress': async ({ one }) => {
    const workspace = { kind: 'worktree', repository: 'shop' };
    const ask = () => one.call('POST', '/sessions', { workspace }, { 'idempotency-key': 'slow' });
    const answers = await Promise.all(Array.from({ length: 5 }, ask));
    return inAnswer(answers.find(({ status }) => status !== 201) ?? expect.unreachable('it was too quick'));
  },
  'attachments.invalid': async ({ one }) =>
    inAnswer(await one.submit({ prompt: 'x', attachments: [{ name: 'a.png', ...TEXT('x'), type: 'image/png' }] })),
  'attachments.too_large': async ({ one }) =>
    inAnswer(await one.submit({ prompt: 'x', attachments: [{ name: 'a.txt', ...TEXT('x'.repeat(2000)) }] })),
  'attachments.too_many': async ({ one }) => {
    const attachments = ['a.txt', 'b.txt'].map((name) => ({ name, ...TEXT('x') }));
    return inAnswer(await one.submit({ prompt: 'x', attachments }));
  },
  'stream.too_many_subscriptions': async ({ one }) => {
    const sessions = await Promise.all(Array.from({ length: 101 }, () => one.session()));
    return one.withSocket(async (socket) => {
      for (const sessionId of sessions) {
        // No faster than a socket may.
        await new Promise((done) => setTimeout(done, 20));
        const answer = await socket.ask('claude:subscribe', { sessionId });
        if (!answer.ok) return inProblem(answer.error);
      }
      return expect.unreachable('all were taken');
    });
  },
});

/** What is in the way of a workspace; each changes what is offered. */
export const WORKSPACE_GROUP = group(
  'workspaces',
  () => Requests.start(),
  {
    'workspace.ref_not_found': async ({ one }) =>
      inAnswer(await one.call('POST', '/sessions', { workspace: { kind: 'worktree', repository: 'shop', ref: 'no' } })),
    'workspace.too_large': async ({ one, offered }) => {
      const large = join(offered.template, 'large');
      writeFileSync(large, Buffer.alloc(3 * MIB, 1));
      const answer = await one.call('POST', '/sessions', { workspace: { kind: 'template', name: 'begin' } });
      rmSync(large);
      return inAnswer(answer);
    },
    'workspace.unavailable': async ({ one, offered }) => {
      const back = offered.moveRepository();
      const answer = await one.call('POST', '/sessions', { workspace: { kind: 'worktree', repository: 'shop' } });
      back();
      return inAnswer(answer);
    },
  },
  true,
);
