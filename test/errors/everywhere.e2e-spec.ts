import { describe, expect, it } from 'vitest';
import { collect } from '../support/collect.js';
import { send } from '../support/http.js';
import { withServer } from '../support/server.fixture.js';
import { type ServerProcess } from '../support/server.process.js';
import { SocketClient } from '../support/socket.js';

/** One failure has one code, wherever it is met. */
describe('the code of a failure', () => {
  let server: ServerProcess;
  withServer({ cold: true, env: { STEWARD_API_MAX_RETRIES: '0' } }, (standing) => ({ server } = standing));

  it('of a run is the same in its answer, record, event, socket, log and figures', async () => {
    const code = 'model.billing';
    const run = await server.client().execute({ prompt: '[[error 402]]' });
    expect(run.error?.code).toBe(code);
    const frames = await collect(server.client().follow(run.id));
    expect(frames.at(-1)).toMatchObject({ type: 'run.failed', data: { error: run.error } });
    const socket = new SocketClient(server.url);
    const { id } = (await socket.ask('claude:execute', { prompt: '[[error 402]]' })).run;
    const { event, payload } = await socket.end(id);
    expect([event, payload.error?.code, payload.run.error]).toEqual(['claude:error', code, run.error]);
    const status = await socket.ask('claude:status', { id });
    socket.close();
    expect(status.run.error).toEqual(run.error);
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.includes(`"runId":"${run.id}"`));
    expect(lines.map((line) => (JSON.parse(line) as { code?: string }).code)).toContain(code);
    const metrics = (await send(server.url, '/metrics')).text;
    expect(metrics).toMatch(/^steward_runs_ended_total\{state="failed",code="model\.billing"\} 2$/m);
  });

  it('of a refusal is the same in an answer, an acknowledgement and the figures', async () => {
    const body = { prompt: 'x', sessionId: 'nothing' };
    const answer = await send(server.url, '/api/v1/claude/execute/async', { method: 'POST', body });
    const socket = new SocketClient(server.url);
    const acknowledged = await socket.ask('claude:execute', body);
    socket.close();
    const { requestId: first, ...problem } = answer.problem;
    const { requestId: second, ...told } = acknowledged.error;
    expect(problem.code).toBe('session.not_found');
    expect(told).toEqual(problem);
    expect(first).not.toBe(second);
    const metrics = (await send(server.url, '/metrics')).text;
    expect(metrics).toMatch(/^steward_request_errors_total\{code="session\.not_found"\} 2$/m);
  });
});
