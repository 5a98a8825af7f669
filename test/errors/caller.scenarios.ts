import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem } from '@steward/client';
import { hashKey, newKey } from '@steward/identity';
import { inAnswer, inProblem } from './met.js';
import { OfferedFolders } from './offered.folders.js';
import { OneServer } from './one.server.js';
import { group } from './scenario.types.js';

const KEYS = { ann: newKey(), bob: newKey(), cid: newKey() };
const row = (user: keyof typeof KEYS): string => `${user}:acme:user:${hashKey(KEYS[user])}`;
const as = (user: keyof typeof KEYS) => ({ authorization: `Bearer ${KEYS[user]}` });
const TEMPLATE = { workspace: { kind: 'template', name: 'begin' } };

interface World extends AsyncDisposable {
  readonly one: OneServer;
  readonly keys: string;
}

async function start(): Promise<World> {
  const offered = new OfferedFolders(100_000);
  const keys = join(offered.root, 'keys');
  writeFileSync(keys, `${row('ann')}\n${row('bob')}\n${row('cid')}\n`);
  const env = {
    ...offered.env,
    STEWARD_API_KEYS_FILE: keys,
    STEWARD_MAX_CONNECTIONS_PER_PRINCIPAL: '1',
    STEWARD_MAX_SESSIONS: '4',
    STEWARD_MAX_SESSIONS_TOTAL: '8',
    STEWARD_MAX_OWNER_WORKSPACE_BYTES: '150000',
    STEWARD_MAX_TOTAL_WORKSPACE_BYTES: '250000',
  };
  const one = await OneServer.start({ env, cold: true }, offered);
  return { one, keys, [Symbol.asyncDispose]: () => one[Symbol.asyncDispose]() };
}

const open = ({ one }: World, user: keyof typeof KEYS, body: object = {}) =>
  one.call('POST', '/sessions', body, as(user));

/** Who calls, and what they may have: each finds what the one before has left. */
export const CALLER_GROUP = group(
  'callers',
  start,
  {
    'auth.required': async ({ one }) => inAnswer(await one.call('GET', '/processes')),
    'auth.forbidden': async ({ one }) => inAnswer(await one.call('GET', '/admin/queue', undefined, as('ann'))),
    'stream.too_many_connections': ({ one }) =>
      one.withSocket(async (first) => {
        await first.connected();
        return one.withSocket(async (second) => inProblem((await second.connected())!), KEYS.ann);
      }, KEYS.ann),
    'workspace.quota_reached': async (world) => {
      for (;;) {
        const answer = await open(world, 'ann', TEMPLATE);
        if (answer.status !== 201) return inAnswer(answer);
      }
    },
    'workspace.total_reached': async (world) => {
      await open(world, 'bob', TEMPLATE);
      return inAnswer(await open(world, 'cid', TEMPLATE));
    },
    'session.limit_reached': async (world) => {
      for (;;) {
        const answer = await open(world, 'ann');
        if (answer.status !== 201) return inAnswer(answer);
      }
    },
    'session.total_reached': async (world) => {
      for (let n = 0; n < 3; n += 1) await open(world, 'bob');
      return inAnswer(await open(world, 'cid'));
    },
    'auth.revoked': ({ one, keys }) =>
      one.withSocket(async (socket) => {
        await socket.connected();
        const told = new Promise<Problem>((done) =>
          socket.socket.on('claude:error', (payload) => done((payload as { error: Problem }).error)),
        );
        writeFileSync(keys, `${row('ann')}\n`);
        return inProblem(await told);
      }, KEYS.bob),
  },
  true,
);
