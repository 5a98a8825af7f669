import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Frame } from '@steward/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { collect } from './support/collect.js';
import { withServer } from './support/server.fixture.js';
import { ServerProcess } from './support/server.process.js';

const run = promisify(execFile);
const SECRET = 'sk-ant-said-by-somebody-0123456789';

/** Times, sizes, ids that are made anew, and what belongs to a machine. */
const VOLATILE = new Set([
  'durationMs',
  'firstByteMs',
  'firstTokenMs',
  'requestBytes',
  'responseBytes',
  'requestId',
  'recording',
  'resources',
  // Whether one had waited for the run is chance.
  'process',
  // Figures stand between the events.
  'fromSeq',
  'throughSeq',
]);

function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !VOLATILE.has(name));
  return Object.fromEntries(kept.map(([name, part]) => [name, name === 'messageId' ? known(part) : steady(part)]));
}
/** The CLI gives its own sentences an id of its own. */
const known = (id: unknown): unknown => (typeof id === 'string' && id.startsWith('msg_') ? id : null);

/**
 * What is the same whenever the same answers come: what the CLI did, in its order, and what each request used. The two
 * come by different ways, so that their order among each other is chance, as is how often figures grew in between. So is
 * how much of an answer that broke off the CLI told before it asked again: it drops what it had not yet looked at.
 */
function essence(frames: readonly Frame[]) {
  const replaced = new Set<string | null>(
    frames.flatMap(({ type, data }) => (type === 'text.replaced' && data.messageId ? [data.messageId] : [])),
  );
  const requests = frames.flatMap((frame) =>
    frame.type === 'usage' && frame.data.request ? [frame.data.request] : [],
  );
  const rest = frames.filter(
    ({ type, data }) =>
      type !== 'usage' && type !== 'run.progress' && !('messageId' in data && replaced.has(data.messageId)),
  );
  return { requests: steady(requests), events: steady(rest.map(({ type, data }) => ({ type, data }))) };
}

describe('recordings of model traffic', () => {
  let api: MessagesApi;
  let server: ServerProcess;

  withServer(
    { env: { STEWARD_MODEL_RECORDING: 'on', STEWARD_API_MAX_RETRIES: '1' } },
    (standing) => ({ api, server } = standing),
  );
  beforeEach(() => api.reset());

  async function recorded(prompt: string): Promise<{ frames: Frame[]; file: string }> {
    const { id } = await server.client().submit({ prompt, recordModelTraffic: true });
    const frames = await collect(server.client().follow(id));
    const { metering } = await server.client().run(id);
    return { frames, file: join(server.dataDir, metering?.recording ?? 'missing') };
  }

  async function replayed(file: string): Promise<{ frames: Frame[]; said: string; code: number }> {
    const elsewhere = mkdtempSync(join(tmpdir(), 'steward-replay-'));
    const env = { ...process.env, STEWARD_API_MAX_RETRIES: '1' };
    try {
      const { stdout, stderr } = await run(process.execPath, ['dist/scripts/replay/main.js', file], {
        env,
        maxBuffer: 1e8,
      });
      return { frames: linesOf(stdout), said: stderr, code: 0 };
    } catch (error) {
      const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
      return { frames: linesOf(stdout), said: stderr, code };
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  }
  const linesOf = (text: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{"'))
      .map((line) => JSON.parse(line) as Frame);

  it.each([
    [
      'tools, thinking and text',
      '[[think n=3]] [[bash echo hello]] [[write a.txt | words]] [[read a.txt]] [[text n=30]]',
    ],
    ['a broken and a repeated answer', '[[cut after=3 times=1]] [[text n=20]] [[bash echo x]] [[say done]]'],
    ['an error, and a retry', '[[error 529 times=1]] [[gzip]] [[say héllo 🎈]]'],
    ['a failure', '[[error 400]]'],
  ])('%s: the recording gives the same events again, without a provider', async (_what, prompt) => {
    const { frames, file } = await recorded(prompt);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    api.reset();
    const { frames: again, said, code } = await replayed(file);
    expect(said).toContain('; 0 requests had none');
    expect(code).toBe(0);
    expect(api.journal).toEqual([]);
    expect(essence(again)).toEqual(essence(frames));
  });

  it('holds no secret: neither the operator’s, nor the token, nor one that somebody said', async () => {
    const { file } = await recorded(`my key is ${SECRET} [[bash env | grep ANTHROPIC_API]] [[result]]`);
    const text = readFileSync(file, 'utf8');
    for (const secret of ['sk-ant-e2e-test-key', SECRET, 'stwm_']) expect(text).not.toContain(secret);
    expect(text).toContain('[redacted]');
    for (const line of text.split('\n').filter(Boolean)) expect(() => void JSON.parse(line)).not.toThrow();
  });

  it('are bounded, say so, and go when their time is over; the run notices nothing', async () => {
    const env = {
      STEWARD_MODEL_RECORDING: 'on',
      STEWARD_MODEL_RECORDING_MAX_BYTES: '200000',
      STEWARD_MODEL_RECORDING_RETENTION_MS: '4000',
    };
    await using small = await ServerProcess.start({ modelUrl: api.url, env });
    const { state, metering, result } = await small
      .client()
      .execute({ prompt: '[[big bytes=1000000]]', recordModelTraffic: true });
    expect([state, result?.text.length]).toEqual(['completed', 1_000_000]);
    const file = join(small.dataDir, metering?.recording ?? 'missing');
    const text = readFileSync(file, 'utf8');
    expect(text.length).toBeGreaterThan(100_000);
    expect(text.length).toBeLessThan(200_100);
    expect(text.trim().split('\n').at(-1)).toBe('{"type":"cut","maxBytes":200000}');
    await expect.poll(() => small.output(), { timeout: 10_000 }).toContain('reached its bound');
    await expect.poll(() => existsSync(file), { timeout: 20_000 }).toBe(false);
  });

  it('are made only where the operator allows it', async () => {
    await using strict = await ServerProcess.start({ modelUrl: api.url });
    await expect(strict.client().submit({ prompt: 'x', recordModelTraffic: true })).rejects.toMatchObject({
      problem: { status: 403, code: 'policy.denied' },
    });
  });

  it('a file that is no recording is refused with a sentence', async () => {
    const { said, code } = await replayed('package.json');
    expect(code).toBe(1);
    expect(said.trim().split('\n')).toHaveLength(1);
  });
});
