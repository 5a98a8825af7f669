import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type RunRequest } from '@steward/client';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

/** Options of a run from the outside: refused before a process is touched, or acting where the operator allows it. */
describe('options of a run', () => {
  let api: MessagesApi;
  let server: ServerProcess;
  const outside = mkdtempSync(join(tmpdir(), 'steward-outside-'));
  const mcp = join(outside, 'mcp.json');

  beforeAll(() => {
    mkdirSync(join(outside, 'shared'), { mode: 0o777 });
    writeFileSync(join(outside, 'shared', 'file.txt'), 'shared words');
    const adder = { command: process.execPath, args: [resolve('test/fixtures/programs/mcp-adder.mjs')] };
    writeFileSync(mcp, JSON.stringify({ mcpServers: { adder } }));
  });
  afterAll(() => {
    rmSync(outside, { recursive: true, force: true });
  });
  withServer(
    {
      env: {
        STEWARD_ALLOWED_DIRS: join(outside, 'shared'),
        STEWARD_ALLOWED_SETTING_SOURCES: 'project',
        STEWARD_MCP_CONFIG: mcp,
        // The server of this test lies in the checkout, which a namespace does not show.
        STEWARD_SANDBOX: 'none',
      },
    },
    (standing) => ({ api, server } = standing),
  );

  it.each<[string, object, string]>([
    ['an effort that does not exist', { effort: 'enormous' }, 'effort'],
    ['no turns', { maxTurns: 0 }, 'maxTurns'],
    ['no budget', { maxCostUsd: '0' }, 'maxCostUsd'],
    ['a budget that is a number', { maxCostUsd: 1 }, 'maxCostUsd'],
    ['a tool that does not exist', { tools: ['Bogus'] }, 'tools'],
    ['another beta', { betas: ['made-up-2020-01-01'] }, 'betas'],
    ['a schema that is none', { outputSchema: { type: 'nonsense' } }, 'outputSchema/type'],
    ['a subagent without a prompt', { agents: { a: { description: 'x' } } }, 'agents'],
    [
      'a subagent with a mode of its own',
      { agents: { a: { description: 'x', prompt: 'y', permissionMode: 'plan' } } },
      'agents',
    ],
    ['a leader that is not there', { agent: 'a' }, 'agent'],
    ['thinking that is off and shown', { thinking: 'disabled', thinkingDisplay: 'omitted' }, 'thinkingDisplay'],
    ['the settings of the user', { settingSources: ['user'] }, 'settingSources'],
    ['a relative folder', { addDirs: ['../x'] }, 'addDirs'],
    ['an MCP definition', { mcpServers: [{ command: 'sh' }] }, 'mcpServers'],
    ['a command with a wrong name', { command: { name: 'a b' }, prompt: undefined }, 'command.name'],
    ['background tasks for ever', { backgroundTasks: 'forever' }, 'backgroundTasks'],
    ['a fallback to the same model', { model: 'opus', fallbackModel: 'opus' }, 'fallbackModel'],
  ])('%s is refused with the field, over HTTP and Socket.IO alike', async (_what, options, field) => {
    const body = { prompt: 'x', ...options } as RunRequest;
    const problem = { status: 400, code: 'request.invalid', errors: [expect.objectContaining({ field }) as object] };
    await expect(server.client().submit(body)).rejects.toMatchObject({ problem });
    const socket = io(`${server.url}/claude`, { transports: ['websocket'] });
    const answer = (await socket.emitWithAck('claude:execute', body)) as object;
    socket.disconnect();
    expect(answer).toMatchObject({ ok: false, error: problem });
    expect(api.journal).toEqual([]);
  });

  it('a folder of the operator’s is open to file tools', async () => {
    const path = join(outside, 'shared', 'file.txt');
    const prompt = `[[read ${path}]] [[result]]`;
    const closed = await server.client().execute({ prompt });
    expect(closed.result?.text).toContain('outside of the workspace');
    const open = await server.client().execute({ prompt, addDirs: [join(outside, 'shared')] });
    expect(open.result?.text).toContain('shared words');
  });

  it('an MCP server of the operator’s serves a run that names it, where its tool is allowed', async () => {
    const prompt = '[[tool mcp__adder__add {"a":2,"b":3}]] [[result]]';
    const without = await server.client().execute({ prompt });
    expect(without.result?.text).toContain('No such tool');
    const asked = await server.client().execute({ prompt, mcpServers: ['adder'] });
    expect(asked.result?.text).toContain('not allowed in this run');
    const allowed = await server.client().execute({ prompt, mcpServers: ['adder'], allowedTools: ['mcp__adder'] });
    expect(allowed.result?.text).toBe('5');
  });

  it('settings of the project act only for a run that lets them in', async () => {
    const { sessionId } = await server.client().execute({ prompt: '[[write CLAUDE.md | PROJECT-WORDS]] [[say x]]' });
    const seen = () => JSON.stringify(api.journal.findLast(({ body }) => body)?.body?.messages);
    await server.client().execute({ prompt: 'one [[say x]]', sessionId });
    expect(seen()).not.toContain('PROJECT-WORDS\\n');
    await server.client().execute({ prompt: 'two [[say x]]', sessionId, settingSources: ['project'] });
    expect(seen()).toContain('CLAUDE.md (project instructions');
  });

  it('everything at once reaches the model', async () => {
    const run = await server.client().execute({
      prompt: '[[structured {"sum":5}]]',
      model: 'opus',
      fallbackModel: 'haiku',
      effort: 'low',
      thinking: 'adaptive',
      taskBudget: 100_000,
      maxCostUsd: '10',
      maxTurns: 5,
      systemPrompt: 'SYSTEM',
      appendSystemPrompt: 'APPENDED',
      tools: ['Read', 'Agent'],
      outputSchema: { type: 'object', properties: { sum: { type: 'number', format: 'int32' } }, required: ['sum'] },
      agents: { helper: { description: 'Helps.', prompt: 'You help.' } },
    });
    expect(run).toMatchObject({ state: 'completed', result: { structured: { sum: 5 } } });
    const body = api.journal.findLast(({ kind }) => kind === 'step')?.body as unknown as Record<string, unknown>;
    expect(body).toMatchObject({ output_config: { effort: 'low', task_budget: { total: 100_000 } } });
    expect(JSON.stringify(body['system'])).toContain('SYSTEM\\n\\nAPPENDED');
  });
});
