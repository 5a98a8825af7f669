import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type RedisBinary } from './redis-binary.js';
import { RedisUnavailableError } from './redis.options.js';

const run = promisify(execFile);
/** What redis-server links to beyond the C library; read off Debian 12's package. */
const PACKAGES = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];
const TIMEOUT_MS = 120_000;

/**
 * Debian's Redis, downloaded by apt and unpacked into `cacheDir`: nothing is installed, no service starts, and apt's own
 * state lies in the cache too, so that it works without root and leaves the system untouched.
 *
 * @throws RedisUnavailableError when the host has no apt, or apt cannot get the packages
 */
export async function fetchRedisPackage(cacheDir: string, aptProgram: string): Promise<RedisBinary> {
  const target = resolve(cacheDir, 'redis');
  if (!existsSync(join(target, 'usr/bin/redis-server'))) await download(target, aptProgram);
  return { path: join(target, 'usr/bin/redis-server'), env: { LD_LIBRARY_PATH: libraryPath(target) } };
}

async function download(target: string, aptProgram: string): Promise<void> {
  const work = `${target}.${process.pid}`;
  const apt = (...words: string[]) =>
    run(aptProgram, [...privateState(work), ...words], { cwd: work, timeout: TIMEOUT_MS });
  try {
    for (const folder of ['lists/partial', 'archives/partial'])
      mkdirSync(join(work, 'apt', folder), { recursive: true });
    await apt('update', '-qq');
    await apt('download', '-qq', ...PACKAGES);
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(work, file), work], { timeout: TIMEOUT_MS });
      rmSync(join(work, file));
    }
    rmSync(join(work, 'apt'), { recursive: true });
    // Another server may have been quicker; what it put there is the same.
    if (!existsSync(target)) renameSync(work, target);
  } catch (cause) {
    throw new RedisUnavailableError(
      'No Redis server: set REDIS_URL, or install redis-server (or valkey-server), or allow Debian’s package to be fetched by apt-get.',
      { cause, isMissing: true },
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Without the sandbox user: apt would otherwise drop to `_apt`, which cannot write into a private folder. */
function privateState(work: string): string[] {
  const apt = join(work, 'apt');
  return [
    '-o',
    `Dir::State::lists=${join(apt, 'lists')}`,
    '-o',
    `Dir::Cache=${apt}`,
    '-o',
    `Dir::Cache::archives=${join(apt, 'archives')}`,
    '-o',
    'APT::Sandbox::User=',
    '-o',
    'Debug::NoLocking=1',
  ];
}

function libraryPath(target: string): string {
  const lib = join(target, 'usr/lib');
  return readdirSync(lib)
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join(lib, name))
    .join(':');
}
