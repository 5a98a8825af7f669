import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedRedis } from './embedded-redis.js';
import { type RedisOptions, RedisUnavailableError } from './redis.options.js';

const client = (redis: EmbeddedRedis) => new Redis({ path: redis.socketPath, password: redis.password });

describe('EmbeddedRedis', () => {
  let options: RedisOptions;

  beforeEach(() => {
    const dataDir = mkdtempSync(join(tmpdir(), 'steward-redis-'));
    options = { url: null, dataDir, cacheDir: '.cache', searchPath: process.env['PATH'] ?? '', pythonPath: 'python3' };
  });
  afterEach(() => rmSync(options.dataDir, { recursive: true, force: true }));

  it('keeps what was written across a stop and a start', async () => {
    const first = await EmbeddedRedis.start(options);
    const writer = client(first);
    await writer.set('kept', 'yes');
    await writer.quit();
    await first.stop();
    const second = await EmbeddedRedis.start(options);
    const reader = client(second);
    expect(await reader.get('kept')).toBe('yes');
    await reader.quit();
    await second.stop();
  });

  it('comes back by itself, with its data, when it was killed', async () => {
    const redis = await EmbeddedRedis.start(options);
    const user = client(redis);
    user.on('error', () => undefined);
    await user.set('kept', 'yes');
    const info = await user.info('server');
    process.kill(Number(/process_id:(\d+)/.exec(info)?.[1]), 'SIGKILL');
    await expect.poll(() => user.get('kept').catch(() => null), { timeout: 5000 }).toBe('yes');
    expect(await user.info('server')).not.toBe(info);
    await user.quit();
    await redis.stop();
  });

  it('refuses a client without the password', async () => {
    const redis = await EmbeddedRedis.start(options);
    const stranger = new Redis({ path: redis.socketPath });
    stranger.on('error', () => undefined);
    await expect(stranger.get('x')).rejects.toThrow(/NOAUTH/);
    stranger.disconnect();
    await redis.stop();
  });

  it('refuses a second server on the same data folder, and says which', async () => {
    const redis = await EmbeddedRedis.start(options);
    await expect(EmbeddedRedis.start(options)).rejects.toThrow(/in use by another server/);
    await redis.stop();
  }, 30_000);

  it('says what to do when there is neither a program nor apt', async () => {
    const starting = EmbeddedRedis.start({
      ...options,
      searchPath: '',
      cacheDir: options.dataDir,
      aptProgram: '/nonexistent/apt-get',
    });
    await expect(starting).rejects.toThrow(RedisUnavailableError);
  });

  it('ends with its owner, even when that is killed', async () => {
    const program = `
      import { spawn } from 'node:child_process';
      const child = spawn('python3', ['scripts/exclusive_child.py', ${JSON.stringify(join(options.dataDir, 'lock'))}, '1', String(process.pid), '--', '/bin/sleep', '600']);
      child.once('spawn', () => console.log(child.pid));
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await new Promise<Buffer>((resolve) => owner.stdout.once('data', resolve))).toString().split('\n');
    await expect.poll(() => commandOf(Number(line))).toContain('sleep');
    owner.kill('SIGKILL');
    await expect.poll(() => commandOf(Number(line)), { timeout: 3000 }).toBe('');
  });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
