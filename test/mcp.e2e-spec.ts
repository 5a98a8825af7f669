import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type McpServer } from '@steward/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from './support/collect.js';
import { send } from './support/http.js';
import { processesOf } from './support/processes.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

/** Names its process among all others of this machine. */
const TAG = `--of-test-${process.pid}`;
const SECRET = 'secret-of-the-operator';

interface Call {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: { readonly word?: string } };
}

/** An MCP server over HTTP, as small as one can be. */
function mcpOverHttp(): Server {
  const tools = [{ name: 'shout', description: 'Says it louder.', inputSchema: { type: 'object' } }];
  const results: Readonly<Record<string, (params: NonNullable<Call['params']>) => object>> = {
    initialize: ({ protocolVersion }) => ({
      protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'shouter', version: '2' },
    }),
    'tools/list': () => ({ tools }),
    'tools/call': (params) => ({ content: [{ type: 'text', text: (params.arguments?.word ?? '').toUpperCase() }] }),
  };
  return createServer((request, response) => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    void text(request).then((body) => {
      const { id, method, params = {} } = JSON.parse(body) as Call;
      if (id === undefined) return response.writeHead(202).end();
      const result = results[method]?.(params) ?? {};
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    });
  });
}

/** Servers that the operator offers, over stdio and HTTP: what a session sees of them, and what is left of them. */
describe('MCP servers', () => {
  let server: ServerProcess;
  const folder = mkdtempSync(join(tmpdir(), 'steward-mcp-'));
  const config = join(folder, 'mcp.json');
  const http = mcpOverHttp();

  beforeAll(async () => {
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
    const adder = {
      command: process.execPath,
      args: [resolve('test/fixtures/programs/mcp-adder.mjs'), TAG],
      env: { SECRET },
    };
    const mcpServers = {
      adder,
      shouter: { type: 'http', url, headers: { authorization: SECRET } },
      absent: { command: '/nowhere/at-all' },
      dying: { command: process.execPath, args: ['-e', 'process.exit(3)'] },
      unused: { command: 'true' },
    };
    writeFileSync(config, JSON.stringify({ mcpServers }));
  });
  // The program of this test lies in the checkout, which a namespace does not show.
  withServer({ env: { STEWARD_MCP_CONFIG: config, STEWARD_SANDBOX: 'none' } }, (standing) => {
    server = standing.server;
  });
  afterAll(() => {
    http.closeAllConnections();
    http.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const seen = async (id: string): Promise<Record<string, McpServer>> =>
    Object.fromEntries((await server.client().mcpServers(id)).map((one) => [one.name, one]));
  const programs = () => processesOf(TAG);

  it('over stdio and HTTP serve a run, and are shown with their tools, without what is secret about them', async () => {
    const { id: sessionId } = await server.client().createSession();
    expect(Object.values(await seen(sessionId)).map(({ status }) => status)).toEqual(Array(5).fill('unused'));
    const run = await server.client().execute({
      sessionId,
      prompt:
        '[[tools [{"name":"mcp__adder__add","input":{"a":2,"b":3}}]]] [[tool mcp__shouter__shout {"word":"loud"}]] [[result]]',
      mcpServers: ['adder', 'shouter'],
      allowedTools: ['mcp__adder', 'mcp__shouter__shout'],
    });
    expect(run.result?.text).toBe('LOUD');
    expect(await seen(sessionId)).toMatchObject({
      adder: {
        type: 'stdio',
        status: 'connected',
        serverInfo: { name: 'adder', version: '1' },
        tools: [{ name: 'add' }],
      },
      shouter: {
        type: 'http',
        status: 'connected',
        serverInfo: { name: 'shouter', version: '2' },
        tools: [{ name: 'shout' }],
      },
      unused: { status: 'unused', seenAt: null },
    });
    const { text: answer } = await send(server.url, `/api/v1/claude/sessions/${sessionId}/mcp`);
    expect(answer).not.toContain(SECRET);
    expect(answer).not.toContain('mcp-adder');
    await server.client().closeSession(sessionId);
    await expect(server.client().mcpServers(sessionId)).rejects.toMatchObject({
      problem: { code: 'session.not_found' },
    });
  });

  it('that are not there are told in the events and the view, and the run goes on', async () => {
    const { id, sessionId } = await server
      .client()
      .submit({ prompt: '[[say all the same]]', mcpServers: ['absent', 'dying'] });
    const frames = await collect(server.client().follow(id));
    const told = frames.filter(
      ({ type, data }) => type === 'run.progress' && (data as { activity?: string }).activity === 'mcp',
    );
    expect(JSON.stringify(told)).toMatch(/absent \(failed\)/);
    expect(JSON.stringify(told)).toMatch(/dying \(failed\)/);
    expect((await server.client().run(id)).result?.text).toBe('all the same');
    const view = await seen(sessionId);
    expect([view['absent']?.status, view['dying']?.status]).toEqual(['failed', 'failed']);
  });

  it('end with the agent: one process a session while it lives, none after it is closed', async () => {
    const more = { mcpServers: ['adder'], allowedTools: ['mcp__adder'] };
    const prompt = '[[tool mcp__adder__add {"a":2,"b":3}]] [[result]]';
    await expect.poll(programs).toEqual([]);
    const first = await server.client().execute({ prompt, ...more });
    expect(first.result?.text).toBe('5');
    const [pid, ...others] = await programs();
    expect(others).toEqual([]);
    const { sessionId } = first;
    expect((await server.client().execute({ prompt, sessionId, ...more })).result?.text).toBe('5');
    expect(await programs()).toEqual([pid]);
    await server.client().closeSession(sessionId);
    await expect.poll(programs, { timeout: 10_000 }).toEqual([]);
  });

  it('end when a run no longer names them, and when its run is cancelled', async () => {
    const { sessionId } = await server.client().execute({ prompt: '[[say x]]', mcpServers: ['adder'] });
    expect(await programs()).toHaveLength(1);
    await server.client().execute({ prompt: '[[say y]]', sessionId });
    await expect.poll(programs, { timeout: 10_000 }).toEqual([]);
    const { id } = await server.client().submit({ prompt: '[[pause 60000]]', sessionId, mcpServers: ['adder'] });
    await expect.poll(programs, { timeout: 15_000 }).toHaveLength(1);
    await server.client().cancel(id);
    await expect.poll(programs, { timeout: 15_000 }).toEqual([]);
  });
});
