import { isFrame, type RunItem, StewardClient, TextOfRun } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { bigText, type MessagesApi } from '../messages-api/index.js';
import { CuttingProxy } from '../support/cutting.proxy.js';
import { expectWhole } from '../support/frames.js';
import { RedisProcess } from '../support/redis.process.js';
import { withServer } from '../support/server.fixture.js';
import { ServerProcess } from '../support/server.process.js';
import { sha256 } from '../support/sha256.js';

const TRANSPORTS = ['sse', 'socket'] as const;
const QUICK = { attempts: 200, firstDelayMs: 1, maxDelayMs: 100 };
const BYTES = 1_500_000;
const CUTS = 100;

/** Everything of a run, read by a client; its text apart. */
async function readAll(items: AsyncIterable<RunItem>, seen: (item: RunItem) => void = () => undefined) {
  const text = new TextOfRun();
  const frames = [];
  for await (const item of items) {
    text.push(item);
    if (isFrame(item)) frames.push(item);
    seen(item);
  }
  return { text: text.text, frames };
}

describe.each(TRANSPORTS)('a reader by %s', (transport) => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer({}, (standing) => ({ api, server } = standing));

  it(`whose connection breaks ${CUTS} times, anywhere, gets every event once and the same text`, async () => {
    // Neither the first bytes, which are the handshake of a socket, nor more than a few frames at a time.
    await using proxy = await CuttingProxy.start(server.url, (cuts) =>
      cuts < CUTS ? 500 + Math.floor(Math.random() * 12_000) : Infinity,
    );
    const client = new StewardClient({ url: proxy.url, transport, retry: QUICK });
    const { id } = await server.client().submit({ prompt: `[[big bytes=${BYTES} chunk=300]]` });
    const { text, frames } = await readAll(client.follow(id));
    expectWhole(frames);
    expect(frames.at(-1)?.type).toBe('run.completed');
    expect(proxy.cuts).toBeGreaterThanOrEqual(CUTS);
    expect(sha256(text)).toBe(sha256(bigText(BYTES)));
  });

  it('whose page is loaded anew goes on with another client from the stored position', async () => {
    const { id } = await server.client().submit({ prompt: '[[text n=120 delay=10]]' });
    const text = new TextOfRun();
    let position = 0;
    const frames = [];
    for (let loads = 0, ended = false; !ended; loads += 1) {
      const follower = new StewardClient({ url: server.url, transport }).follow(id, { after: position });
      ended = true;
      for await (const item of follower) {
        text.push(item);
        if (isFrame(item)) frames.push(item);
        position = follower.position;
        if (loads >= 5 || frames.length % 20 !== 0) continue;
        ended = false;
        break;
      }
    }
    expectWhole(frames);
    expect(text.text).toBe((await server.client().run(id)).result?.text);
  });

  it('has its own place beside others of the same client, also in the same run', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => server.client().submit({ prompt: '[[text n=60 delay=10]]' })));
    await using proxy = await CuttingProxy.start(server.url, () => Infinity);
    const client = new StewardClient({ url: proxy.url, transport });
    const all = await Promise.all(
      runs.flatMap(({ id }) => [readAll(client.follow(id)), readAll(client.follow(id, { after: 1 }))]),
    );
    for (const [at, { frames }] of all.entries()) expectWhole(frames, at % 2);
    // A socket follows a run once, so that the second readers have another one, together.
    expect(proxy.connections).toBe(transport === 'socket' ? 2 : 6);
  });

  it('who takes long for each event gets all of them', async () => {
    const { id } = await server.client().execute({ prompt: `[[big bytes=${BYTES} chunk=100]]` });
    let taken = 0;
    const client = new StewardClient({ url: server.url, transport, retry: QUICK });
    const text = new TextOfRun();
    for await (const item of client.follow(id)) {
      text.push(item);
      taken += 1;
      if (taken % 500 === 0) await new Promise((done) => setTimeout(done, 50));
    }
    expect(sha256(text.text)).toBe(sha256(bigText(BYTES)));
  });

  it('learns the end of a run whose server was killed and came back at the same address', async () => {
    await using first = await ServerProcess.start({
      modelUrl: api.url,
      env: { STEWARD_SESSION_LEASE_MS: '3000', STEWARD_RENEW_DEADLINE_MS: '2000' },
    });
    const client = new StewardClient({
      url: first.url,
      transport,
      retry: { attempts: 60, firstDelayMs: 50, maxDelayMs: 500 },
    });
    const { id } = await client.submit({ prompt: '[[text n=4000 delay=20]]' });
    let deltas = 0;
    let killed: Promise<ServerProcess> | undefined;
    const restart = async () => {
      await first.stop('SIGKILL');
      const env = {
        PORT: new URL(first.url).port,
        STEWARD_SESSION_LEASE_MS: '3000',
        STEWARD_RENEW_DEADLINE_MS: '2000',
      };
      return ServerProcess.start({ modelUrl: api.url, dataDir: first.dataDir, env });
    };
    const { frames } = await readAll(client.follow(id), ({ type }) => {
      if (type === 'text.delta') deltas += 1;
      if (deltas === 20) killed ??= restart();
    });
    await using _again = (await killed)!;
    expectWhole(frames);
    expect(deltas).toBeGreaterThanOrEqual(20);
    expect(await client.run(id)).toMatchObject({ state: 'failed', lastSeq: frames.at(-1)?.seq });
  });

  it('goes on at another server when its own is killed', async () => {
    await using redis = await RedisProcess.start();
    const env = { REDIS_URL: redis.url };
    await using first = await ServerProcess.start({ modelUrl: api.url, env: { ...env, STEWARD_ROLE: 'api' } });
    await using second = await ServerProcess.start({ modelUrl: api.url, env: { ...env, STEWARD_ROLE: 'api' } });
    await using _worker = await ServerProcess.start({ modelUrl: api.url, env: { ...env, STEWARD_ROLE: 'worker' } });
    const client = new StewardClient({ urls: [first.url, second.url], transport, retry: QUICK });
    const { id } = await client.submit({ prompt: '[[text n=150 delay=10]]' });
    let deltas = 0;
    const { text, frames } = await readAll(client.follow(id), ({ type }) => {
      if (type === 'text.delta' && ++deltas === 30) first.signal('SIGKILL');
    });
    expect(first.isGone).toBe(true);
    expectWhole(frames);
    expect(await client.run(id)).toMatchObject({ state: 'completed', result: { text } });
  });
});
