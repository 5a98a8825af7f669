import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hashKey, newKey } from '@steward/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { RedisProcess } from './support/redis.process.js';
import { ServerProcess } from './support/server.process.js';

const EXIT_CONFIG = 78;
const EXIT_UNAVAILABLE = 69;

/** A server that is configured wrongly does not start, and says why; a distributed one shares the work. */
describe('configuration', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['a public address without keys', { HOST: '0.0.0.0' }, /HOST: 0\.0\.0\.0 is not loopback, so STEWARD_API_KEYS/],
    ['a worker without REDIS_URL', { STEWARD_ROLE: 'worker' }, /REDIS_URL: is needed in role worker/],
    ['an api without REDIS_URL', { STEWARD_ROLE: 'api' }, /REDIS_URL: is needed in role api/],
    ['an unknown name', { STEWARD_WORKER_CONCURENCY: '4' }, /STEWARD_WORKER_CONCURENCY: there is no such setting/],
    ['a number out of bounds', { STEWARD_WORKER_CONCURRENCY: '0' }, /STEWARD_WORKER_CONCURRENCY: .* from 1 to 256/],
    ['a number that is none', { PORT: '80a' }, /PORT: expected a whole number/],
    ['an unknown choice', { STEWARD_ROLE: 'boss' }, /STEWARD_ROLE: expected one of all, api, worker/],
    ['a bad URL', { REDIS_URL: 'localhost:6379' }, /REDIS_URL: expected a redis/],
    ['a key without hash', { STEWARD_API_KEYS: 'ann:acme:user:secret' }, /STEWARD_API_KEYS: row 1: the hash/],
    ['a lease below the deadline', { STEWARD_RENEW_DEADLINE_MS: '60000' }, /STEWARD_RENEW_DEADLINE_MS: must not be/],
    ['a secret file that is not there', { REDIS_URL_FILE: '/nowhere/x' }, /REDIS_URL_FILE cannot be read \(ENOENT\)/],
  ])('refuses %s with exit code 78', async (_name, env, message) => {
    const { code, output } = await ServerProcess.startFailing(env);
    expect(output).toMatch(message);
    expect(code).toBe(EXIT_CONFIG);
    expect(output).not.toMatch(/\n {4}at /);
  });

  it('names all that is wrong at once, and shows no secret', async () => {
    const secret = 'hunter2-hunter2';
    const env = { PORT: 'x', STEWARD_ROLE: 'y', STEWARD_API_KEYS: secret };
    const { code, output } = await ServerProcess.startFailing(env);
    expect(code).toBe(EXIT_CONFIG);
    for (const name of Object.keys(env)) expect(output).toContain(name);
    expect(output).not.toContain(secret);
  });

  it.each([
    ['two clouds', { CLAUDE_CODE_USE_BEDROCK: '1', CLAUDE_CODE_USE_VERTEX: '1' }, 'choose one of them'],
    [
      'budgets that are not there',
      { STEWARD_BUDGETS: '/nowhere.json' },
      'STEWARD_BUDGETS: /nowhere.json cannot be read',
    ],
    [
      'prices that are none',
      { STEWARD_MODEL_PRICES: resolve('package.json') },
      'STEWARD_MODEL_PRICES: expected an object',
    ],
    ['a budget of nothing', { STEWARD_RUN_MAX_COST_USD: '0' }, 'STEWARD_RUN_MAX_COST_USD: expected a decimal above 0'],
  ])('%s are refused with a sentence', async (_what, env, sentence) => {
    const { code, output } = await ServerProcess.startFailing(env);
    expect(output).toContain(sentence);
    expect(code).toBe(EXIT_CONFIG);
  });

  it('says so when Redis does not answer', async () => {
    const { code, output } = await ServerProcess.startFailing({ REDIS_URL: 'redis://:hidden-word@127.0.0.1:1' });
    expect(output).toMatch(/Redis does not answer .*check REDIS_URL/);
    expect(output).not.toContain('hidden-word');
    expect(code).toBe(EXIT_UNAVAILABLE);
  });
});

describe('servers with one Redis', () => {
  const key = newKey();
  let api: MessagesApi;
  let redis: RedisProcess;
  let folder: string;

  beforeAll(async () => {
    api = await startMessagesApi();
    redis = await RedisProcess.start();
    folder = mkdtempSync(join(tmpdir(), 'steward-e2e-'));
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('share the work: an api takes runs, a worker carries them, secrets come from files', async () => {
    const [urlFile, keyFile, keysFile] = ['redis-url', 'api-key', 'keys'].map((name) => join(folder, name));
    writeFileSync(urlFile!, `${redis.url}\n`);
    writeFileSync(keyFile!, 'sk-ant-from-a-file\n');
    writeFileSync(keysFile!, `# staff\nann:acme:user:${hashKey(key)}\n`);
    const env = { REDIS_URL_FILE: urlFile!, STEWARD_API_KEYS_FILE: keysFile! };
    const secrets = { ...env, ANTHROPIC_API_KEY: '', ANTHROPIC_API_KEY_FILE: keyFile! };
    await using front = await ServerProcess.start({
      modelUrl: api.url,
      cold: true,
      env: { ...env, STEWARD_ROLE: 'api' },
    });
    const client = front.client(key);
    const waiting = await client.submit({ prompt: '[[text n=20 delay=5]]' });
    expect(await front.agentProcesses()).toEqual([]);
    expect((await client.run(waiting.id)).state).toBe('pending');

    await using worker = await ServerProcess.start({
      modelUrl: api.url,
      cold: true,
      env: { ...secrets, STEWARD_ROLE: 'worker' },
    });
    const frames = await collect(client.follow(waiting.id));
    expectWhole(frames);
    expect(frames.at(-1)?.type).toBe('run.completed');
    expect(api.journal.at(-1)?.headers['x-api-key']).toMatch(/^sha256:/);

    // Asked at one, carried by the other, ended from the first.
    const run = await client.submit({ prompt: '[[text n=2000 delay=20]]' });
    const following = collect(client.follow(run.id));
    await expect.poll(async () => (await worker.agentProcesses()).length, { timeout: 5000 }).toBeGreaterThan(2);
    await expect.poll(async () => (await client.run(run.id)).lastSeq, { timeout: 10_000 }).toBeGreaterThan(6);
    const asked = performance.now();
    await client.cancel(run.id);
    expect((await following).at(-1)?.type).toBe('run.cancelled');
    expect(performance.now() - asked).toBeLessThan(3000);
    expect(await worker.agentProcesses()).toEqual([]);
    expect((await send(worker.url, '/health/ready')).status).toBe(200);
    expect(front.output()).not.toContain('pass@');
  });
});
