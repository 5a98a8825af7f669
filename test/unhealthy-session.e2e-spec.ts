import { type Session } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { collect } from './support/collect.js';
import { type Answer, send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

/** The tool ends the CLI that runs it. */
const CRASH = '[[bash kill -9 $PPID]] [[say never]]';

/** What a run leaves of its session is written after its end is told. */
async function untilCrashes(server: ServerProcess, sessionId: string, crashes: number): Promise<Session> {
  const session = () => server.client().session(sessionId);
  await expect.poll(async () => (await session()).crashes, { timeout: 20_000 }).toBe(crashes);
  return session();
}

/** A session whose agent process crashes again and again is refused, and no other. */
describe('a session that crashes in a row', () => {
  let server: ServerProcess;
  withServer(
    { env: { STEWARD_SESSION_MAX_CRASHES: '2', STEWARD_SESSION_UNHEALTHY_MS: '3600000', STEWARD_RUN_ATTEMPTS: '1' } },
    (standing) => ({ server } = standing),
  );

  const crash = async (sessionId?: string): Promise<string> => {
    const run = await server.client().execute({ prompt: CRASH, ...(sessionId === undefined ? {} : { sessionId }) });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'cli.crashed' } });
    return run.sessionId;
  };
  const submit = (sessionId: string): Promise<Answer> =>
    send(server.url, '/api/v1/claude/execute/async', { method: 'POST', body: { prompt: '[[say x]]', sessionId } });

  it('is counted from the last result on', async () => {
    const sessionId = await crash();
    expect(await untilCrashes(server, sessionId, 1)).toMatchObject({ unhealthyUntil: null });
    const worked = await server.client().execute({ prompt: '[[say well]]', sessionId });
    expect(worked.result?.text).toBe('well');
    await untilCrashes(server, sessionId, 0);
    await crash(sessionId);
    expect(await untilCrashes(server, sessionId, 1)).toMatchObject({ unhealthyUntil: null });
  });

  it('is refused over HTTP and Socket.IO, until it is recovered', async () => {
    const sessionId = await crash();
    await crash(sessionId);
    const { unhealthyUntil } = await untilCrashes(server, sessionId, 2);
    expect(Date.parse(unhealthyUntil!)).toBeGreaterThan(Date.now());
    const { problem } = await submit(sessionId);
    const details = { crashes: 2, until: unhealthyUntil };
    expect(problem).toMatchObject({ status: 409, code: 'session.unhealthy', retryable: true, details });
    expect(problem.detail).toContain('2 times');
    const socket = new SocketClient(server.url);
    const answer = await socket.ask('claude:execute', { prompt: '[[say x]]', sessionId });
    socket.close();
    expect(answer).toMatchObject({ ok: false, error: { code: 'session.unhealthy', details } });
    // What is there can be read, another session works, and so does a copy of it.
    expect((await server.client().messages(sessionId)).data.length).toBeGreaterThan(0);
    expect((await server.client().execute({ prompt: '[[say other]]' })).result?.text).toBe('other');
    const fork = await server.client().forkSession(sessionId);
    expect(fork).toMatchObject({ crashes: 0, unhealthyUntil: null });
    const copy = await server.client().execute({ prompt: '[[say copy]]', sessionId: fork.id });
    expect(copy.result?.text).toBe('copy');
    expect(await server.client().recoverSession(sessionId)).toMatchObject({ crashes: 0, unhealthyUntil: null });
    const back = await server.client().execute({ prompt: '[[say back]]', sessionId });
    expect(back.result?.text).toBe('back');
  });

  it('ends the runs that wait in it already', async () => {
    const { id: sessionId } = await server.client().createSession();
    const runs = [];
    for (let n = 0; n < 3; n += 1) runs.push(await server.client().submit({ prompt: CRASH, sessionId }));
    const codes = [];
    for (const { id } of runs) {
      await collect(server.client().follow(id));
      codes.push((await server.client().run(id)).error?.code);
    }
    expect(codes).toEqual(['cli.crashed', 'cli.crashed', 'session.unhealthy']);
  });
});

describe('an unhealthy session after its time', () => {
  let server: ServerProcess;
  withServer(
    { env: { STEWARD_SESSION_MAX_CRASHES: '1', STEWARD_SESSION_UNHEALTHY_MS: '1500', STEWARD_RUN_ATTEMPTS: '1' } },
    (standing) => ({ server } = standing),
  );

  it('is tried with one run, whose result heals it', async () => {
    const { sessionId } = await server.client().execute({ prompt: CRASH });
    await untilCrashes(server, sessionId, 1);
    const until = async () => (await server.client().session(sessionId)).unhealthyUntil;
    await expect.poll(until, { timeout: 20_000 }).toBeNull();
    const run = await server.client().execute({ prompt: '[[say again]]', sessionId });
    expect(run.result?.text).toBe('again');
    await untilCrashes(server, sessionId, 0);
  });
});
