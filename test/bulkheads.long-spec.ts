import { hashKey, newKey } from '@steward/identity';
import { type Run, type RunRequest, type StewardClient } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { RESUME_TURNS } from './support/resume-texts.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const WHO = ['ann', 'bob', 'cid'] as const;
type Who = (typeof WHO)[number];

const ends = ({ state, error }: Run): string => error?.code ?? state;

/** What is wrong with one caller is not wrong for the others. */
describe('one caller’s failures', () => {
  const keys = Object.fromEntries(WHO.map((who) => [who, newKey()])) as Record<Who, string>;
  let server: ServerProcess;
  let api: MessagesApi;
  withServer(
    {
      model: { hostTexts: RESUME_TURNS },
      env: {
        STEWARD_API_KEYS: WHO.map((who) => `${who}:acme:user:${hashKey(keys[who])}`).join(','),
        STEWARD_BREAKER_FAILURES: '3',
        // Nobody is let through by a probe while a test lasts.
        STEWARD_BREAKER_OPEN_MS: '600000',
        STEWARD_BREAKER_MAX_OPEN_MS: '600000',
        STEWARD_RUN_ATTEMPTS: '1',
        STEWARD_API_MAX_RETRIES: '0',
        STEWARD_PARK_AFTER_MS: '1000',
        STEWARD_RETRY_AFTER_MAX_MS: '4000',
        // The third caller has no more runs than that at once: those that fail do not take all places.
        STEWARD_WORKER_CONCURRENCY: '4',
      },
    },
    (standing) => ({ server, api } = standing),
  );
  const client = (who: Who): StewardClient => server.client(keys[who]);
  const run = async (who: Who, request: RunRequest): Promise<string> => ends(await client(who).execute(request));
  const open = async () => {
    const headers = { authorization: `Bearer ${keys.cid}` };
    const answer = await fetch(`${server.url}/api/v1/claude/health`, { headers });
    const { breakers } = (await answer.json()) as { breakers: { scope: string; state: string }[] };
    return breakers.filter(({ state }) => state !== 'closed').map(({ scope }) => scope);
  };

  it.each([500, 401])('at the model (%i) open nothing while one other caller is served', async (status) => {
    const model = `claude-model-${status}`;
    for (let n = 0; n < 5; n += 1) {
      expect(await run('bob', { prompt: '[[say fine]]', model, onOutage: 'fail' })).toBe('completed');
      await run('ann', { prompt: `[[error ${status}]] [[say never]]`, model, onOutage: 'fail' });
    }
    expect(await open()).toEqual([]);
  });

  it('alone at the model keep only that caller out; who comes is served at once, and then all may go on', async () => {
    const model = 'claude-model-alone';
    const failing: RunRequest = { prompt: '[[error 500 key=ann]] [[say never]]', model };
    for (let n = 0; n < 3; n += 1) await run('ann', { ...failing, onOutage: 'fail' });
    expect(await open()).toEqual(['model']);
    expect(await run('ann', { ...failing, onOutage: 'fail' })).toBe('breaker.open');
    const waiting = await Promise.all([1, 2, 3].map(() => client('ann').submit(failing)));
    const why = async () =>
      (await Promise.all(waiting.map(({ id }) => client('ann').run(id)))).map((one) => one.waitingFor);
    await expect.poll(why).toEqual(['outage', 'outage', 'outage']);
    expect(await run('bob', { prompt: '[[say fine]]', model, onOutage: 'fail' })).toBe('completed');
    expect(await open()).toEqual([]);
    // They were let through, and what fails for them now is their own failure.
    const states = async () => (await Promise.all(waiting.map(({ id }) => client('ann').run(id)))).map(ends);
    await expect.poll(states).toEqual(Array(3).fill('model.failed'));
    expect(await run('cid', { prompt: '[[say fine]]', model, onOutage: 'fail' })).toBe('completed');
  });

  it('are none of a caller’s who has several runs at once, of which none is answered yet', async () => {
    const model = 'claude-model-slow';
    for (let n = 0; n < 3; n += 1) await run('ann', { prompt: '[[error 500]] [[say never]]', model, onOutage: 'fail' });
    const slow: RunRequest = { prompt: '[[pause 1500]] [[say fine]]', model, onOutage: 'fail' };
    expect(await Promise.all([1, 2, 3].map(() => run('bob', slow)))).toEqual(Array(3).fill('completed'));
  });

  it('what is out of order for all keeps each out after one try', async () => {
    const model = 'claude-model-all';
    const failing: RunRequest = { prompt: '[[error 500 key=all]] [[say never]]', model, onOutage: 'fail' };
    for (let n = 0; n < 3; n += 1) await run('ann', failing);
    const before = api.journal.length;
    for (const who of ['bob', 'cid'] as const)
      expect([await run(who, failing), await run(who, failing)]).toEqual(['model.failed', 'breaker.open']);
    expect(api.journal.length - before).toBe(2);
  });

  // Where sessions have users of their own, the server may read what their agents made unreadable, and resumes them.
  it.runIf(process.geteuid?.() === 0)('to start agent processes keep nobody else from starting', async () => {
    const spoilt = await Promise.all(
      [1, 2, 3].map(() =>
        client('ann').execute({
          prompt: '[[bash chmod 000 "$CLAUDE_CONFIG_DIR"/projects/*/*.jsonl; kill -9 $PPID]] [[say x]]',
        }),
      ),
    );
    const again = spoilt.map(({ sessionId }) => run('ann', { prompt: '[[say x]]', sessionId }));
    expect(await Promise.all(again)).toEqual(Array(3).fill('cli.failed_to_start'));
    expect(await open()).not.toContain('spawn');
    for (const who of ['bob', 'cid'] as const)
      expect(await run(who, { prompt: '[[say fine]]', onOutage: 'fail' })).toBe('completed');
  });

  it('a limit that is said to last for years parks that caller for a while only, and all of their runs say so', async () => {
    const { id } = await client('cid').submit({ prompt: '[[error 429 retry-after=99999999 times=1]] [[say back]]' });
    const now = (one: string) => client('cid').run(one);
    await expect.poll(async () => (await now(id)).waitingFor).toBe('rate_limit');
    const { waitingUntil } = await now(id);
    expect(Date.parse(waitingUntil!)).toBeLessThan(Date.now() + 4001);
    const next = await client('cid').submit({ prompt: '[[say next]]' });
    const parked = { state: 'pending', waitingFor: 'rate_limit', waitingUntil, activity: { what: 'rate_limit' } };
    expect(next).toMatchObject(parked);
    expect(await now(next.id)).toMatchObject(parked);
    const { data } = await client('cid').runs({ state: 'pending' });
    // The newest first.
    expect(data.map((one) => [one.id, one.waitingFor])).toEqual([next.id, id].map((one) => [one, 'rate_limit']));
    expect(await run('bob', { prompt: '[[say fine]]' })).toBe('completed');
    for (const one of [id, next.id]) await expect.poll(async () => ends(await now(one))).toBe('completed');
    expect((await now(id)).result?.text).toBe('back');
  });

  it('an agent that shuts its own folders does not shut out the next one', async () => {
    const shut = 'chmod 000 "$PWD" "$HOME" "$CLAUDE_CONFIG_DIR" "$TMPDIR"; kill -9 $PPID';
    const { sessionId } = await client('cid').execute({ prompt: `[[bash ${shut}]] [[say x]]` });
    expect(await run('cid', { prompt: '[[write a.txt | words]] [[say fine]]', sessionId })).toBe('completed');
  });
});
