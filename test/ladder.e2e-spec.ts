import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type EventDataMap, type EventType, type Frame, type RunRequest } from '@steward/client';
import { type MessagesApi } from './messages-api/index.js';
import { RESUME_TURNS } from './support/resume-texts.js';
import { collect } from './support/collect.js';
import { expectWhole, textOf } from './support/frames.js';
import { type ServerProcess } from './support/server.process.js';
import { withServer } from './support/server.fixture.js';

const MODELS = { model: 'claude-sonnet-4-6', fallbackModel: 'claude-haiku-4-5' } as const;
const DOWN = { onOutage: 'degrade', fallback: 'api' } as const;

const eventsOf = <T extends EventType>(frames: readonly Frame[], type: T): EventDataMap[T][] =>
  frames.flatMap((frame) => (frame.type === type ? [frame.data as EventDataMap[T]] : []));

/** Runs to their end, with all that a reader sees of them. */
const runner = (server: () => ServerProcess) => async (request: RunRequest) => {
  const client = server().client();
  const { id } = await client.submit(request);
  const frames = (await collect(client.follow(id))) as Frame[];
  expectWhole(frames);
  return { run: await client.run(id), frames };
};

/** From the CLI down to waiting, one step after the other. */
describe('the ladder', () => {
  let server: ServerProcess;
  let api: MessagesApi;
  withServer(
    {
      model: { hostTexts: RESUME_TURNS },
      env: {
        STEWARD_API_MAX_RETRIES: '0',
        STEWARD_API_FALLBACK: 'on',
        STEWARD_BREAKER_OPEN_MS: '200',
        STEWARD_BREAKER_MAX_OPEN_MS: '1500',
      },
    },
    (standing) => ({ server, api } = standing),
  );
  const carried = runner(() => server);
  /** Of the requests for answers, newest last: what was asked, of which model, by whom. */
  const asked = () =>
    api.journal
      .filter(({ path, body }) => path === '/v1/messages' && body !== undefined)
      .map(({ body, headers }) => {
        const { model, tools, messages } = body as { model: string; tools?: unknown[]; messages: unknown[] };
        return { model, tools: tools?.length ?? 0, messages, agent: headers['user-agent'] ?? '' };
      });

  it('is gone down from the first to the last step, and up again', async () => {
    api.reset();
    // The CLI takes the first two steps by itself.
    const { run, frames } = await carried({
      prompt: '[[error 500 times=3 key=ladder]] [[say back]]',
      ...MODELS,
      ...DOWN,
    });
    expect(eventsOf(frames, 'run.degraded')).toEqual([
      { step: 'fallback_model', why: 'model.failed' },
      { step: 'api', why: 'model.failed' },
      { step: 'wait', why: 'model.failed' },
    ]);
    const [parked] = eventsOf(frames, 'run.parked');
    expect(parked?.error.code).toBe('model.failed');
    const steps = asked().map(({ model, tools }) => [model, tools > 0]);
    expect(steps).toEqual([
      ['claude-sonnet-4-6', true],
      ['claude-haiku-4-5', true],
      ['claude-haiku-4-5', false],
      ['claude-sonnet-4-6', true],
    ]);
    expect(eventsOf(frames, 'run.started').map(({ process }) => process === 'api')).toEqual([false, true, false]);
    expect(run).toMatchObject({
      state: 'completed',
      result: { text: 'back' },
      degraded: { step: 'wait', why: 'model.failed' },
      metering: { requests: 4, failedRequests: 3, source: 'wire' },
    });
    expect(run.result).not.toHaveProperty('withoutTools');
  });

  it('the Messages API answers with the conversation, as the CLI would tell it', async () => {
    const client = server.client();
    const before = await client.execute({ prompt: 'My word is ocelot. [[bash echo hidden-treasure]] [[say noted]]' });
    api.reset();
    const { run, frames } = await carried({
      prompt: 'What was my word? [[error 500 times=2 key=by-api]] [[say it was ocelot]]',
      sessionId: before.sessionId,
      ...MODELS,
      ...DOWN,
    });
    expect(run).toMatchObject({
      state: 'completed',
      result: { text: 'it was ocelot', stopReason: 'end_turn', numTurns: 1, withoutTools: true },
      degraded: { step: 'api' },
      metering: { source: 'wire', requests: 3, failedRequests: 2 },
    });
    expect(Number(run.costUsd)).toBeGreaterThan(0);
    expect(run.usageByModel['claude-haiku-4-5']).toBeDefined();
    expect(textOf(frames)).toBe('it was ocelot');
    expect(eventsOf(frames, 'message').at(-1)).toMatchObject({ role: 'assistant', synthetic: false });
    expect(eventsOf(frames, 'usage').at(-1)?.request).toMatchObject({ outcome: 'answered', model: 'claude-haiku-4-5' });
    expect(frames.at(-1)).toMatchObject({ type: 'run.completed', data: { result: { withoutTools: true } } });
    const last = asked().at(-1)!;
    const said = JSON.stringify(last.messages);
    for (const text of ['My word is ocelot', 'called Bash', 'hidden-treasure', 'noted', 'What was my word?'])
      expect(said).toContain(text);
    expect(said.split('What was my word?')).toHaveLength(2);
    expect(last.tools).toBe(0);
  });

  it('the next run of the session knows what was answered, once, and so does the one after it', async () => {
    const client = server.client();
    const { run: first } = await carried({
      prompt: 'Name a colour. [[error 500 times=2 key=colour]] [[say vermilion]]',
      ...MODELS,
      ...DOWN,
    });
    expect(first).toMatchObject({ state: 'completed', result: { text: 'vermilion', withoutTools: true } });
    for (const round of [1, 2]) {
      api.reset();
      const next = await client.execute({ prompt: `Round ${round}. [[say yes]]`, sessionId: first.sessionId });
      expect(next).toMatchObject({ state: 'completed', result: { text: 'yes' } });
      const told = JSON.stringify(asked().at(-1)?.messages);
      // In the prompt, which the CLI had heard, where the note says which one it was, and in the answer.
      expect(told.split('vermilion')).toHaveLength(3 + 1);
      expect(told.split('the model answered without you')).toHaveLength(2);
    }
  });

  it('a fork knows what was answered, too', async () => {
    const client = server.client();
    const prompt = 'Name a tree. [[error 500 times=2 key=tree]] [[say hornbeam]]';
    const { run: first } = await carried({ prompt, ...MODELS, ...DOWN });
    expect(first.result).toMatchObject({ text: 'hornbeam', withoutTools: true });
    const fork = await client.forkSession(first.sessionId);
    for (const sessionId of [fork.id, first.sessionId]) {
      api.reset();
      await client.execute({ prompt: 'Go on. [[say yes]]', sessionId });
      expect(JSON.stringify(asked().at(-1)?.messages)).toContain('was answered:\\nhornbeam');
    }
  });

  it('two answers in a row know of each other', async () => {
    const one = await carried({ prompt: 'A bird. [[error 500 times=2 key=bird]] [[say wren]]', ...MODELS, ...DOWN });
    const { sessionId } = one.run;
    api.reset();
    const prompt = 'Which bird? [[error 500 times=2 key=again]] [[say the wren]]';
    const two = await carried({ prompt, sessionId, ...MODELS, ...DOWN });
    expect(two.run).toMatchObject({ state: 'completed', result: { text: 'the wren', withoutTools: true } });
    expect(JSON.stringify(asked().at(-1)?.messages)).toContain('was answered:\\nwren');
  });

  it('an answer of the Messages API is cancelled, timed out and budgeted as any', async () => {
    const client = server.client();
    const request = { prompt: '[[error 500 times=2 key=long]] [[text n=2000 delay=20]]', ...MODELS, ...DOWN };
    const { id } = await client.submit(request);
    for await (const item of client.follow(id)) if (item.type === 'text.delta') break;
    await client.cancel(id);
    await expect.poll(async () => (await client.run(id)).state).toBe('cancelled');
    // An answer that is whole before anybody could break it off is one that was paid.
    const answer = '[[hang stream after=15000]] [[text n=20000]]';
    const budget = { prompt: `[[error 500 times=2 key=dear]] ${answer}`, maxTokens: 15_000, ...MODELS, ...DOWN };
    const dear = await client.execute(budget);
    expect(dear).toMatchObject({ state: 'failed', error: { code: 'budget.exceeded' } });
    await expect.poll(() => api.journal.filter(({ endedAt }) => endedAt === null)).toEqual([]);
  });

  it('is only for who asks for it', async () => {
    const client = server.client();
    const { run } = await carried({ prompt: '[[error 500 times=2 key=no]] [[say x]]', ...MODELS, onOutage: 'degrade' });
    expect(run).toMatchObject({ state: 'completed', degraded: { step: 'wait' } });
    await expect(client.submit({ prompt: 'x', fallback: 'api' })).rejects.toMatchObject({ code: 'request.invalid' });
  });
});

/** A CLI that is there, and does not work. */
describe('a CLI that cannot be started', () => {
  let api: MessagesApi;
  const folder = mkdtempSync(join(tmpdir(), 'steward-no-cli-'));
  const cliPath = join(folder, 'claude');
  let server: ServerProcess;
  writeFileSync(
    cliPath,
    '#!/bin/sh\nif [ "$1" = --version ]; then echo "2.1.197 (Claude Code)"; exit 0; fi\nexit 3\n',
    {
      mode: 0o755,
    },
  );
  withServer(
    {
      cold: true,
      env: {
        CLAUDE_CLI_PATH: cliPath,
        STEWARD_API_FALLBACK: 'on',
        // The runs before the last test fail three times.
        STEWARD_BREAKER_FAILURES: '5',
        STEWARD_BREAKER_OPEN_MS: '60000',
      },
    },
    (standing) => ({ server, api } = standing),
  );
  afterAll(() => rmSync(folder, { recursive: true }));
  const carried = runner(() => server);

  it('is stood in for by the Messages API', async () => {
    const { run, frames } = await carried({ prompt: '[[say from above]]', ...DOWN });
    expect(run).toMatchObject({
      state: 'completed',
      result: { text: 'from above', withoutTools: true },
      degraded: { step: 'api', why: 'cli.failed_to_start' },
    });
    expect(Object.keys(run.usageByModel)).toEqual(['claude-sonnet-4-6']);
    expect(eventsOf(frames, 'run.degraded')).toEqual([{ step: 'api', why: 'cli.failed_to_start' }]);
  });

  it('answers in a row know of each other', async () => {
    const first = await carried({ prompt: 'A bird. [[say wren]]', ...DOWN });
    const { sessionId } = first.run;
    api.reset();
    const second = await carried({ prompt: 'Which bird? [[say the wren]]', sessionId, ...DOWN });
    expect(second.run.result).toMatchObject({ text: 'the wren', withoutTools: true });
    const { messages } = (api.journal.at(-1)?.body ?? {}) as { messages?: unknown[] };
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'A bird. [[say wren]]' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'wren' }] },
      { role: 'user', content: [{ type: 'text', text: 'Which bird? [[say the wren]]' }] },
    ]);
  });

  it('opens a breaker, behind which no process is started', async () => {
    const codes: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { run } = await carried({ prompt: '[[say x]]', onOutage: 'fail' });
      codes.push(run.error?.code ?? run.state);
    }
    expect(codes.slice(0, 2)).toEqual(['cli.failed_to_start', 'cli.failed_to_start']);
    expect(codes.at(-1)).toBe('breaker.open');
    const { run } = await carried({ prompt: '[[say still here]]', ...DOWN });
    expect(run).toMatchObject({ result: { text: 'still here' }, degraded: { step: 'api', why: 'breaker.open' } });
  });
});

describe('an operator who does not want the Messages API to answer', () => {
  let server: ServerProcess;
  withServer({ env: { STEWARD_ALLOWED_ON_OUTAGE: 'wait,degrade' } }, (standing) => ({ server } = standing));

  it('is asked in vain', async () => {
    const client = server.client();
    for (const request of [{ ...DOWN }, { onOutage: 'fail' as const }])
      await expect(client.submit({ prompt: 'x', ...request })).rejects.toMatchObject({ code: 'policy.denied' });
  });
});
