import { resolve } from 'node:path';
import { type Run, type RunRequest } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

const SUM = {
  type: 'object',
  properties: { sum: { type: 'number', minimum: 0 } },
  required: ['sum'],
  additionalProperties: false,
};

/** A run with a schema has an output that fits it, or it has failed and says why. */
describe('structured output', () => {
  let api: MessagesApi;
  let server: ServerProcess;
  withServer({}, (standing) => ({ api, server } = standing));

  const run = (prompt: string, more: Partial<RunRequest> = {}): Promise<Run> =>
    server.client().execute({ prompt, outputSchema: SUM, ...more });

  it('that fits is the result, over HTTP and over Socket.IO', async () => {
    expect(await run('[[structured {"sum":5}]]')).toMatchObject({
      state: 'completed',
      result: { structured: { sum: 5 }, text: '{"sum":5}' },
    });
    const socket = new SocketClient(server.url);
    const { id } = await socket.ask('claude:execute', { prompt: '[[structured {"sum":6}]]', outputSchema: SUM });
    socket.socket.disconnect();
    expect(await server.client().result(id)).toMatchObject({ result: { structured: { sum: 6 } } });
  });

  it('of the second try counts, when the model has corrected itself', async () => {
    const corrected = await run('[[structured {"sum":"x"}]] [[structured {"sum":7}]]');
    expect(corrected).toMatchObject({ state: 'completed', result: { structured: { sum: 7 } } });
  });

  it('that never fits fails the run, with the places and the last output', async () => {
    const tries = '[[structured {"sum":-1,"more":true}]] '.repeat(8);
    const { state, error, result } = await run(tries);
    expect([state, error?.code]).toEqual(['failed', 'output.invalid']);
    const places = ((error?.details['errors'] ?? []) as { path: string; reason: string }[]).map(({ path }) => path);
    expect(places).toContain('/sum');
    expect(JSON.parse(result?.text ?? '')).toEqual({ sum: -1, more: true });
    expect(result?.structured).toBeNull();
  });

  it('that is missing fails the run and keeps what the model said', async () => {
    expect(await run('[[say I would rather not.]] [[end]] [[say Really not.]]')).toMatchObject({
      state: 'failed',
      error: { code: 'output.invalid', details: { reason: expect.stringContaining('no structured output') as string } },
      result: { structured: null, text: expect.stringContaining('not.') as string },
    });
  });

  it.each(['context', 'usage'])('a command that gives none (%s) fails the run with what it said', async (name) => {
    // Its process has had the command by the second attempt, and would not hear it again.
    const ended = await run('', { prompt: undefined, command: { name }, maxAttempts: 2 });
    expect(ended).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'output.invalid' } });
    expect(ended.result?.structured).toBeNull();
    expect(ended.result?.text.length).toBeGreaterThan(10);
  });

  it('is asked of a session that has run without, and no more of the run after it', async () => {
    const { sessionId } = await server.client().execute({ prompt: '[[say one]]' });
    expect(await run('[[structured {"sum":1}]]', { sessionId })).toMatchObject({ result: { structured: { sum: 1 } } });
    const after = await server.client().execute({ prompt: '[[say two]]', sessionId });
    expect(after).toMatchObject({ state: 'completed', result: { structured: null, text: 'two' } });
  });

  it.each<[string, object, string]>([
    [
      'an unknown keyword, which the CLI would drop with the schema',
      { type: 'object', minimun: 3 },
      'outputSchema/minimun',
    ],
    ['one deep inside', { type: 'object', properties: { a: { typ: 'string' } } }, 'outputSchema/properties/a/typ'],
    [
      'a reference that leads nowhere',
      { type: 'object', properties: { a: { $ref: '#/x' } } },
      'outputSchema/properties/a/$ref',
    ],
    [
      'a pattern that is none',
      { type: 'object', properties: { a: { pattern: '(' } } },
      'outputSchema/properties/a/pattern',
    ],
    ['a type that no tool input has', { type: 'array' }, 'outputSchema/type'],
    ['more than it may have', { type: 'object', description: 'x'.repeat(65_536) }, 'outputSchema'],
  ])('a schema with %s is refused before anything runs', async (_what, outputSchema, field) => {
    const requests = api.journal.length;
    await expect(run('x', { outputSchema } as Partial<RunRequest>)).rejects.toMatchObject({
      problem: { status: 400, code: 'request.invalid', errors: [{ field }] },
    });
    expect(api.journal).toHaveLength(requests);
  });

  it('that takes for ever to check fails the run, and the server goes on answering', async () => {
    const outputSchema = { type: 'object', properties: { a: { type: 'string', pattern: '^([0-9]+)+$' } } };
    // The CLI itself is as helpless: the run ends by its own time, or by the check's.
    const running = run(`[[structured {"a":"${'1'.repeat(40)}!"}]]`, { outputSchema, timeoutMs: 8000 });
    await expect(server.client().health()).resolves.toBeDefined();
    const { state, result } = await running;
    expect([state, result?.structured ?? null]).toEqual(['failed', null]);
    expect(await run('[[structured {"sum":5}]]')).toMatchObject({ state: 'completed' });
  }, 60_000);
});

/** What the CLI itself is sure of is checked all the same; the real one cannot be made to say it. */
describe('a CLI that calls an output valid which is not', () => {
  let server: ServerProcess;
  withServer({ cold: true, env: { CLAUDE_CLI_PATH: resolve('test/fixtures/odd_cli.py') } }, (standing) => {
    server = standing.server;
  });

  it('is not believed', async () => {
    const ended = await server.client().execute({ prompt: 'lies', outputSchema: SUM });
    expect(ended).toMatchObject({
      state: 'failed',
      error: { code: 'output.invalid', details: { reason: 'its output does not fit' } },
      result: { structured: null },
    });
    const errors = ended.error?.details['errors'] as { path: string }[];
    expect(errors.map(({ path }) => path)).toEqual(expect.arrayContaining(['/sum', '/more']));
    expect(JSON.parse(ended.result?.text ?? '')).toEqual({ sum: 'five', more: true });
  });
});
