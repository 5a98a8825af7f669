import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApprovals } from './support/approving.js';
import { collect } from './support/collect.js';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';
import { withServer } from './support/server.fixture.js';

interface Frame {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
type Asked = Readonly<Record<string, unknown>> & { readonly toolName: string; readonly input: Record<string, string> };

/** What the operator says about tool calls holds, whatever a request allows, and is told. */
describe('the policy about tool calls', () => {
  let server: ServerProcess;
  let endpoint: Server;
  const asked: Asked[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'steward-rules-'));
  const rules = join(folder, 'rules.json');
  const env: Record<string, string> = { STEWARD_TOOL_RULES: rules, STEWARD_TOOL_POLICY_TIMEOUT_MS: '700' };

  beforeAll(async () => {
    writeFileSync(
      rules,
      JSON.stringify({
        rules: [
          { tool: 'Read', decision: 'allow' },
          { tool: 'Bash', input: { command: '^echo fine' }, decision: 'allow' },
          { tool: 'Bash', input: { command: 'rm\\s+-rf' }, decision: 'deny', reason: 'nothing is removed here' },
          {
            tool: 'Write',
            input: { file_path: '\\.env$', content: 'KEY' },
            decision: 'deny',
            reason: 'no keys in files',
          },
        ],
      }),
    );
    endpoint = createServer((request, response) => {
      void text(request).then((body) => {
        const call = JSON.parse(body) as Asked;
        asked.push(call);
        const command = call.input['command'] ?? '';
        const answer = (status: number, said: string) => response.writeHead(status).end(said);
        if (command.includes('silent')) return undefined;
        if (command.includes('broken')) return answer(200, 'yes');
        if (command.includes('undecided')) return answer(200, '{"decision":"maybe"}');
        if (command.includes('status')) return answer(500, '{"decision":"allow"}');
        if (command.includes('elsewhere')) return response.writeHead(302, { location: '/other' }).end();
        if (command.includes('much')) return answer(200, `{"decision":"allow","x":"${'x'.repeat(100_000)}"}`);
        if (command.includes('hang up')) return request.socket.destroy();
        return answer(
          200,
          JSON.stringify(command.includes('nasty') ? { decision: 'deny', reason: 'too nasty' } : { decision: 'allow' }),
        );
      });
    });
    await new Promise<void>((done) => endpoint.listen(0, '127.0.0.1', done));
    env['STEWARD_TOOL_POLICY_URL'] = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/policy`;
  });
  withServer({ env }, (standing) => ({ server } = standing));
  afterAll(() => {
    endpoint.closeAllConnections();
    endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const runOf = async (prompt: string): Promise<{ text: string; denied: Frame[]; frames: Frame[] }> => {
    const { id } = await server.client().submit({ prompt });
    const frames = (await collect(server.client().follow(id))) as unknown as Frame[];
    const run = await server.client().run(id);
    expect(run.state).toBe('completed');
    return {
      text: run.result?.text ?? '',
      denied: frames.filter(({ type }) => type === 'tool.denied'),
      frames,
    };
  };

  it('denies by a rule, before anything happens, with the reason to the model and in the events', async () => {
    const { text: said, denied, frames } = await runOf('[[bash touch made; rm -rf made; ls]] [[result]]');
    expect(said).toContain('nothing is removed here');
    expect(denied.map(({ data }) => data)).toMatchObject([
      {
        name: 'Bash',
        by: 'rule',
        reason: 'nothing is removed here',
        input: { command: 'touch made; rm -rf made; ls' },
        agentId: null,
      },
    ]);
    const started = frames.find(({ type }) => type === 'tool.started');
    expect(denied[0]?.data['toolUseId']).toBe(started?.data['toolUseId']);
    expect(frames.find(({ type }) => type === 'tool.finished')?.data).toMatchObject({ isError: true });
    expect(asked).toEqual([]);
  });

  it('allows by a rule without asking further, and the permissions of the run still decide', async () => {
    expect((await runOf('[[bash echo fine]] [[result]]')).text).toBe('fine');
    expect(asked).toEqual([]);
    const narrow = await server
      .client()
      .execute({ prompt: '[[bash echo fine > x]] [[result]]', allowedTools: ['Read'] });
    expect(narrow.result?.text).toContain('not allowed in this run');
  });

  it('fits a rule only where all of its patterns do', async () => {
    expect((await runOf('[[write .env | KEY=1]] [[result]]')).text).toContain('no keys in files');
    expect((await runOf('[[write .env | nothing]] [[result]]')).text).toContain('created');
    expect((await runOf('[[write notes | KEY=1]] [[result]]')).text).toContain('created');
  });

  it('asks the endpoint about the rest: whose run it is, which tool, with what', async () => {
    asked.length = 0;
    const { text: said } = await runOf('[[bash echo asked]] [[result]]');
    expect(said).toBe('asked');
    expect(asked).toMatchObject([
      {
        toolName: 'Bash',
        input: { command: 'echo asked' },
        agentId: null,
        owner: { tenant: expect.any(String) as string },
      },
    ]);
    const nasty = await runOf('[[bash echo nasty]] [[result]]');
    expect(nasty.text).toContain('too nasty');
    expect(nasty.denied[0]?.data).toMatchObject({ by: 'endpoint', reason: 'too nasty' });
  });

  it('asks about calls that the CLI allows by itself, and about those of subagents', async () => {
    asked.length = 0;
    const { denied } = await runOf('[[agent [[bash pwd; echo nasty]] [[say done]]]] [[say end]]');
    expect(asked.map(({ toolName }) => toolName)).toContain('Bash');
    expect(denied[0]?.data).toMatchObject({ by: 'endpoint', agentId: expect.any(String) as string });
  });

  it('sees what a person has made of a call, which its first input did not tell', async () => {
    asked.length = 0;
    const changed = async (command: string) => {
      const run = await server
        .client()
        .submit({ prompt: '[[bash touch first]] [[result]]', allowedTools: ['Read'], approvals: 'ask' });
      const [approval] = await openApprovals(server.client(), run.id);
      await server.client().approve(run.id, approval!.id, { decision: 'allow', input: { command } });
      const frames = (await collect(server.client().follow(run.id))) as unknown as Frame[];
      const denied = frames.find(({ type }) => type === 'tool.denied')?.data;
      return { text: (await server.client().run(run.id)).result?.text ?? '', denied };
    };
    expect((await changed('echo second')).text).toBe('second');
    expect(asked.map(({ input }) => input['command'])).toEqual(['touch first', 'echo second']);
    const removed = await changed('rm -rf made; echo third');
    expect(removed.text).toContain('nothing is removed here');
    expect(removed.denied).toMatchObject({ by: 'rule', input: { command: 'rm -rf made; echo third' } });
    expect((await changed('echo nasty')).denied).toMatchObject({ by: 'endpoint', reason: 'too nasty' });
  });

  it.each(['silent', 'broken', 'undecided', 'status', 'elsewhere', 'much', 'hang up'])(
    'lets nothing run while the endpoint is of no help (%s)',
    async (how) => {
      const { text: said, denied } = await runOf(`[[bash echo ran; echo ${how}]] [[result]]`);
      expect(said).toContain('the policy could not be asked');
      expect(said).not.toContain('127.0.0.1');
      expect(denied[0]?.data).toMatchObject({ by: 'failure' });
    },
  );

  it('holds for a process that is warm, and is counted', async () => {
    const first = await server.client().execute({ prompt: '[[say warm]]' });
    const second = await server
      .client()
      .submit({ prompt: '[[bash echo nasty]] [[result]]', sessionId: first.sessionId });
    const frames = (await collect(server.client().follow(second.id))) as unknown as Frame[];
    expect(frames.find(({ type }) => type === 'run.started')?.data['process']).toBe('hot');
    expect((await server.client().run(second.id)).result?.text).toContain('too nasty');
    expect((await send(server.url, '/metrics')).text).toMatch(/steward_tools_denied_total\{by="failure"\} 7/);
  });

  it('that is written wrongly keeps the server from starting', async () => {
    const wrong = join(folder, 'wrong.json');
    writeFileSync(wrong, JSON.stringify({ rules: [{ tool: 'Bash', decision: 'perhaps' }] }));
    const { code, output } = await ServerProcess.startFailing({ STEWARD_TOOL_RULES: wrong });
    expect(code).not.toBe(0);
    expect(output).toContain('rules[0].decision');
  });
});
