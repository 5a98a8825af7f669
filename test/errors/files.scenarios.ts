import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { RedisProcess } from '../support/redis.process.js';
import { inAnswer } from './met.js';
import { OneServer } from './one.server.js';
import { group } from './scenario.types.js';
import { type Answer } from '../support/http.js';

const FILE = { 'content-type': 'application/octet-stream' };
/** A folder with more entries than are sorted. */
const CROWD = `import os
for n in range(100001): os.symlink('x', str(n))`;

const put = (world: OneServer, id: string, path: string, body: string): Promise<Answer> =>
  world.call('PUT', `/sessions/${id}/files/${path}`, body, {
    ...FILE,
    'content-length': String(Buffer.byteLength(body)),
  });

/** A session with a file. */
async function withFile(world: OneServer): Promise<string> {
  const id = await world.session();
  await put(world, id, 'a/file', 'content');
  return id;
}
const workspaceOf = (world: OneServer, id: string): string => join(world.server.dataDir, 'sessions', id, 'workspace');

/** A data folder of a few megabytes, which only this server sees. */
const SMALL_DISK = [
  'unshare',
  process.geteuid?.() === 0 ? '-m' : '-rm',
  'sh',
  '-c',
  'mount -t tmpfs -o size=8m tmpfs "$STEWARD_DATA_DIR" && exec "$@"',
  'sh',
];

/** Files of a session, over HTTP. */
export const FILES_GROUP = group(
  'files',
  () =>
    OneServer.start({
      env: {
        STEWARD_MAX_FILE_BYTES: '100000',
        STEWARD_MAX_ARCHIVE_ENTRIES: '2',
        STEWARD_MAX_WORKSPACE_BYTES: '1000000',
      },
    }),
  {
    'files.not_found': async (world) =>
      inAnswer(await world.call('GET', `/sessions/${await withFile(world)}/files/nothing`)),
    'files.refused': async (world) => {
      const id = await withFile(world);
      symlinkSync('/etc', join(workspaceOf(world, id), 'out'));
      return inAnswer(await world.call('GET', `/sessions/${id}/files/out/passwd`));
    },
    'files.conflict': async (world) => inAnswer(await put(world, await withFile(world), 'a', 'x')),
    'files.changed': async (world) =>
      inAnswer(
        await world.call('PUT', `/sessions/${await withFile(world)}/files/a/file`, 'x', {
          ...FILE,
          'content-length': '1',
          'if-match': '"another"',
        }),
      ),
    'files.range': async (world) =>
      inAnswer(
        await world.call('GET', `/sessions/${await withFile(world)}/files/a/file`, undefined, { range: 'bytes=99-' }),
      ),
    'files.too_large': async (world) => inAnswer(await put(world, await world.session(), 'large', 'x'.repeat(100_001))),
    'files.quota_exceeded': async (world) => {
      const id = await world.session();
      for (let n = 0; ; n += 1) {
        const answer = await put(world, id, `f${n}`, 'x'.repeat(100_000));
        if (answer.status !== 201) return inAnswer(answer);
      }
    },
    'files.too_many': async (world) => {
      const id = await withFile(world);
      execFileSync('python3', ['-c', CROWD], { cwd: join(workspaceOf(world, id), 'a') });
      return inAnswer(await world.call('GET', `/sessions/${id}/files?path=a`));
    },
    'files.archive_too_large': async (world) => {
      const id = await withFile(world);
      for (const name of ['b', 'c']) await put(world, id, name, 'x');
      return inAnswer(await world.call('GET', `/sessions/${id}/archive`));
    },
    'server.disk_full': async () => {
      await using redis = await RedisProcess.start();
      const env = { REDIS_URL: redis.url, STEWARD_OVERLOAD_DISK_BYTES: '0' };
      await using world = await OneServer.start({ cold: true, launcher: SMALL_DISK, env });
      return inAnswer(await put(world, await world.session(), 'large', 'x'.repeat(20_000_000)));
    },
    'files.no_snapshot': async (world) =>
      inAnswer(await world.call('GET', `/sessions/${await withFile(world)}/diff?run=unknown`)),
  },
);
