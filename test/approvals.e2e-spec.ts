import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Approval, type ApprovalAnswer, type Frame, type Run } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { openApprovals } from './support/approving.js';
import { collect } from './support/collect.js';
import { expectWhole } from './support/frames.js';
import { send } from './support/http.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';
import { startedAs } from './support/warm.js';

const TIMEOUT_MS = 120_000;
const WRITE = { allowedTools: ['Read'], approvals: 'ask' } as const;

/** People are asked what no rule decides, and their answer is what happens. */
describe('approvals', () => {
  let server: ServerProcess;
  withServer({}, (standing) => ({ server } = standing));

  const client = () => server.client();
  const fileOf = (run: Run, name: string): string => join(server.dataDir, 'sessions', run.sessionId, 'workspace', name);
  const textIn = (run: Run, name: string): string | null =>
    existsSync(fileOf(run, name)) ? readFileSync(fileOf(run, name), 'utf8') : null;

  async function endOf(run: Run): Promise<{ ended: Run; frames: Frame[] }> {
    const frames = await collect(client().follow(run.id));
    expectWhole(frames);
    return { ended: await client().run(run.id), frames };
  }

  /** The same answer over both transports. */
  const ways: readonly (readonly [
    string,
    (run: Run, approval: Approval, answer: ApprovalAnswer) => Promise<Approval>,
  ])[] = [
    ['HTTP', (run, { id }, answer) => client().approve(run.id, id, answer)],
    [
      'Socket.IO',
      async (run, { id }, answer) => {
        const socket = new SocketClient(server.url);
        try {
          expect(await socket.connected()).toBeNull();
          const body = { id: run.id, approvalId: id, ...answer };
          const told = await socket.ask<{ ok: boolean; approval: Approval }>('claude:approve', body);
          expect(told).toMatchObject({ ok: true });
          return told.approval;
        } finally {
          socket.socket.close();
        }
      },
    ],
  ];

  describe.each(ways)('over %s', (_name, approve) => {
    it('allowed, it runs, once; everybody sees what was asked and what was said', { timeout: TIMEOUT_MS }, async () => {
      const run = await client().submit({ prompt: '[[write a.txt | hello]] [[result]]', ...WRITE });
      const [approval] = await openApprovals(client(), run.id);
      expect(approval).toMatchObject({ kind: 'tool', tool: 'Write', default: 'deny', resolution: null });
      expect(approval!.input['content']).toBe('hello');
      expect(textIn(run, 'a.txt')).toBeNull();
      expect((await client().openApprovals()).data.map(({ id }) => id)).toContain(approval!.id);
      const answered = await approve(run, approval!, { decision: 'allow' });
      expect(answered).toMatchObject({ state: 'resolved', resolution: { decision: 'allow', by: 'user' } });
      const { ended, frames } = await endOf(run);
      expect(ended.state).toBe('completed');
      expect(textIn(run, 'a.txt')).toBe('hello');
      const said = frames.filter(({ type }) => type.startsWith('approval.'));
      expect(said.map(({ type, data }) => [type, (data as { approvalId: string }).approvalId])).toEqual([
        ['approval.requested', approval!.id],
        ['approval.resolved', approval!.id],
      ]);
      expect((await client().openApprovals()).data.map(({ id }) => id)).not.toContain(approval!.id);
    });

    it('allowed with another input, that is what runs', { timeout: TIMEOUT_MS }, async () => {
      const run = await client().submit({ prompt: '[[write a.txt | theirs]] [[say ok]]', ...WRITE });
      const [approval] = await openApprovals(client(), run.id);
      const input = { ...approval!.input, content: 'mine' };
      await approve(run, approval!, { decision: 'allow', input });
      expect((await endOf(run)).ended.state).toBe('completed');
      expect(textIn(run, 'a.txt')).toBe('mine');
    });

    it('denied, the model sees why and goes on', { timeout: TIMEOUT_MS }, async () => {
      const run = await client().submit({ prompt: '[[write a.txt | x]] [[result]]', ...WRITE });
      const [approval] = await openApprovals(client(), run.id);
      await approve(run, approval!, { decision: 'deny', message: 'not on a friday' });
      const { ended } = await endOf(run);
      expect(ended).toMatchObject({ state: 'completed', result: { text: expect.stringContaining('not on a friday') } });
      expect(textIn(run, 'a.txt')).toBeNull();
    });

    it('denied with stop, the run ends and its session goes on', { timeout: TIMEOUT_MS }, async () => {
      const run = await client().submit({ prompt: '[[write a.txt | x]] [[say never]]', ...WRITE });
      const [approval] = await openApprovals(client(), run.id);
      await approve(run, approval!, { decision: 'deny', message: 'no', stop: true });
      const { ended } = await endOf(run);
      expect(ended).toMatchObject({ state: 'cancelled', error: { code: 'approval.stopped' } });
      expect(textIn(run, 'a.txt')).toBeNull();
      const next = await client().execute({ prompt: '[[say on]]', sessionId: run.sessionId });
      expect(next).toMatchObject({ state: 'completed', result: { text: 'on' } });
      expect(await startedAs(server, next.id)).toBe('hot');
    });

    it('a question is answered', { timeout: TIMEOUT_MS }, async () => {
      const run = await client().submit({ prompt: '[[ask Which? | Red | Blue]] [[result]]', approvals: 'ask' });
      const [approval] = await openApprovals(client(), run.id);
      expect(approval).toMatchObject({ kind: 'question', questions: [{ question: 'Which?' }] });
      await expect(client().approve(run.id, approval!.id, { decision: 'allow' })).rejects.toMatchObject({
        code: 'request.invalid',
      });
      await approve(run, approval!, { decision: 'answer', answers: { 'Which?': 'Blue' } });
      const { ended } = await endOf(run);
      expect(ended.result?.text).toContain('Blue');
    });

    it('an accepted plan is left for work', { timeout: TIMEOUT_MS }, async () => {
      const prompt = '[[tool ExitPlanMode {"plan":"write it"}]] [[write a.txt | planned]] [[say done]]';
      const run = await client().submit({ prompt, permissionMode: 'plan', approvals: 'ask' });
      const [approval] = await openApprovals(client(), run.id);
      expect(approval).toMatchObject({ kind: 'plan', tool: 'ExitPlanMode', input: { plan: 'write it' } });
      await approve(run, approval!, { decision: 'allow' });
      expect((await endOf(run)).ended).toMatchObject({ state: 'completed', result: { text: 'done' } });
      expect(textIn(run, 'a.txt')).toBe('planned');
      // The process has left plan mode; the next run that asks for it gets it all the same.
      const again = { prompt: '[[write b.txt | x]] [[result]]', permissionMode: 'plan' } as const;
      const next = await client().execute({ ...again, sessionId: run.sessionId, approvals: 'deny' });
      expect(next.state).toBe('completed');
      expect(textIn(run, 'b.txt')).toBeNull();
    });
  });

  it(
    'for this session: not asked again, in no other session, and never in the workspace',
    { timeout: TIMEOUT_MS },
    async () => {
      const run = await client().submit({ prompt: '[[write a.txt | 1]] [[write b.txt | 2]] [[say ok]]', ...WRITE });
      const [approval] = await openApprovals(client(), run.id);
      await client().approve(run.id, approval!.id, { decision: 'allow', scope: 'session' });
      expect((await endOf(run)).ended.state).toBe('completed');
      expect(textIn(run, 'b.txt')).toBe('2');
      const { sessionId } = run;
      const next = await client().execute({ prompt: '[[write c.txt | 3]] [[say ok]]', sessionId, ...WRITE });
      expect(await client().approvals(next.id)).toEqual([]);
      expect(textIn(next, 'c.txt')).toBe('3');
      expect((await client().session(sessionId)).allowed).toEqual(['Write']);
      expect(existsSync(fileOf(run, '.claude'))).toBe(false);
      const other = await client().submit({ prompt: '[[write a.txt | 1]] [[say ok]]', ...WRITE });
      expect(await openApprovals(client(), other.id)).toHaveLength(1);
      await client().cancel(other.id);
    },
  );

  it('for this session, of Bash, is this one command', { timeout: TIMEOUT_MS }, async () => {
    const prompt = '[[bash touch a]] [[bash touch a]] [[bash touch b]] [[say ok]]';
    const run = await client().submit({ prompt, ...WRITE });
    const [first] = await openApprovals(client(), run.id);
    await client().approve(run.id, first!.id, { decision: 'allow', scope: 'session' });
    const isOther = async () => (await openApprovals(client(), run.id))[0]!.input['command'];
    await expect.poll(isOther, { timeout: 20_000 }).toBe('touch b');
    await client().cancel(run.id);
    await endOf(run);
    expect((await client().approvals(run.id)).map(({ resolution }) => resolution?.decision)).toEqual([
      'allow',
      'withdrawn',
    ]);
  });

  it('for this session, with another input, is that one', { timeout: TIMEOUT_MS }, async () => {
    const prompt = '[[bash echo theirs >> a]] [[bash echo mine >> a]] [[bash echo theirs >> a]] [[say ok]]';
    const run = await client().submit({ prompt, ...WRITE });
    const [first] = await openApprovals(client(), run.id);
    const input = { command: 'echo mine >> a' };
    await client().approve(run.id, first!.id, { decision: 'allow', scope: 'session', input });
    const asked = async () => (await client().approvals(run.id)).map((one) => one.input['command']);
    await expect.poll(asked, { timeout: 60_000 }).toEqual(['echo theirs >> a', 'echo theirs >> a']);
    expect(textIn(run, 'a')).toBe('mine\nmine\n');
    expect((await client().session(run.sessionId)).allowed).toEqual(['Bash(echo mine >> a)']);
    await client().cancel(run.id);
    await endOf(run);
  });

  it('several wait at once, in subagents too, each with its own answer', { timeout: TIMEOUT_MS }, async () => {
    const calls = [1, 2, 3].map((n) => ({
      name: 'Agent',
      input: { description: `n${n}`, prompt: `[[write f${n} | ${n}]] [[say ok]]`, subagent_type: 'general-purpose' },
    }));
    const options = { allowedTools: ['Agent'], approvals: 'ask' } as const;
    const run = await client().submit({ prompt: `[[tools ${JSON.stringify(calls)}]] [[say all]]`, ...options });
    const open = await openApprovals(client(), run.id, 3);
    expect(new Set(open.map(({ agentId }) => agentId)).size).toBe(3);
    for (const { id, input } of open.toReversed()) {
      const decision = input['content'] === '2' ? 'deny' : 'allow';
      await client().approve(run.id, id, { decision });
    }
    expect((await endOf(run)).ended).toMatchObject({ state: 'completed', result: { text: 'all' } });
    expect([1, 2, 3].map((n) => textIn(run, `f${n}`))).toEqual(['1', null, '3']);
  });

  it.each([
    ['deny', 'completed', null, null],
    ['allow', 'completed', null, 'x'],
    ['stop', 'cancelled', 'approval.stopped', null],
  ] as const)('nobody answers: %s', { timeout: TIMEOUT_MS }, async (approvalDefault, state, code, text) => {
    const limits = { approvalTimeoutMs: 300, approvalDefault };
    const run = await client().submit({ prompt: '[[write a.txt | x]] [[say ok]]', ...WRITE, ...limits });
    const { ended, frames } = await endOf(run);
    expect([ended.state, ended.error?.code ?? null]).toEqual([state, code]);
    expect(textIn(run, 'a.txt')).toBe(text);
    const resolved = frames.find(({ type }) => type === 'approval.resolved');
    expect(resolved?.data).toMatchObject({ by: 'timeout', user: null });
    const [approval] = await client().approvals(run.id);
    const late = client().approve(run.id, approval!.id, { decision: 'allow' });
    await expect(late).rejects.toMatchObject({ code: 'approval.resolved' });
    const { data } = resolved as { data: { decision: string } };
    const counted = (await (await fetch(`${server.url}/metrics`)).text()).split('\n');
    const labels = `decision="${data.decision}",by="timeout"`;
    expect(counted.some((line) => line.startsWith('steward_approvals_total{') && line.includes(labels))).toBe(true);
  });

  it('a doubled, stale, strange or misplaced answer changes nothing', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().submit({ prompt: '[[write a.txt | x]] [[say ok]]', ...WRITE });
    const other = await client().submit({ prompt: '[[text n=5 delay=1]]' });
    const [approval] = await openApprovals(client(), run.id);
    const path = (runId: string, id: string) => `/api/v1/claude/processes/${runId}/approvals/${id}`;
    const post = async (to: string, body: object) => {
      const { status, problem } = await send(server.url, to, { method: 'POST', body });
      return [status, problem.code];
    };
    const allow = { decision: 'allow' };
    expect(await post(path(other.id, approval!.id), allow)).toEqual([404, 'approval.not_found']);
    expect(await post(path(run.id, other.id), allow)).toEqual([404, 'approval.not_found']);
    expect(await post(path('nothing', approval!.id), allow)).toEqual([404, 'run.not_found']);
    expect(await post(path(run.id, approval!.id), { decision: 'maybe' })).toEqual([400, 'request.invalid']);
    expect(await post(path(run.id, approval!.id), { decision: 'deny', input: {} })).toEqual([400, 'request.invalid']);
    expect(await post(path(run.id, approval!.id), { decision: 'answer', answers: {} })).toEqual([
      400,
      'request.invalid',
    ]);
    const both = await Promise.allSettled([
      client().approve(run.id, approval!.id, { decision: 'allow' }),
      client().approve(run.id, approval!.id, { decision: 'deny' }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await post(path(run.id, approval!.id), allow)).toEqual([409, 'approval.resolved']);
    await endOf(run);
    const cancelled = await client().submit({ prompt: '[[write a.txt | x]]', ...WRITE });
    const [open] = await openApprovals(client(), cancelled.id);
    await client().cancel(cancelled.id);
    await endOf(cancelled);
    expect(await post(path(cancelled.id, open!.id), allow)).toEqual([409, 'approval.resolved']);
  });

  it('who comes later sees what is open', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().submit({ prompt: '[[write a.txt | x]] [[say ok]]', ...WRITE });
    const [approval] = await openApprovals(client(), run.id);
    const late = new SocketClient(server.url);
    const heard: { type: string }[] = [];
    late.socket.on('claude:approval', (frame) => heard.push(frame));
    try {
      expect(await late.connected()).toBeNull();
      const told = await late.ask<{ approvals: Approval[] }>('claude:subscribe', { id: run.id });
      expect(told.approvals.map(({ id }) => id)).toEqual([approval!.id]);
      await client().approve(run.id, approval!.id, { decision: 'allow' });
      await endOf(run);
      await expect.poll(() => heard.map(({ type }) => type)).toEqual(['approval.requested', 'approval.resolved']);
      const after = await late.ask<{ approvals: Approval[] }>('claude:subscribe', { id: run.id });
      expect(after.approvals).toEqual([]);
    } finally {
      late.socket.close();
    }
  });

  it('nobody may lift the bounds of the workspace', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().submit({
      prompt: '[[write /etc/steward-x | x]] [[write a.txt | x]] [[result]]',
      ...WRITE,
    });
    const [approval] = await openApprovals(client(), run.id);
    expect(approval!.input['file_path']).toContain('a.txt');
    const input = { ...approval!.input, file_path: '/etc/steward-y' };
    await client().approve(run.id, approval!.id, { decision: 'allow', input });
    expect((await endOf(run)).ended.result?.text).toContain('outside of the workspace');
    expect(existsSync('/etc/steward-y')).toBe(false);
  });

  it('without being asked for, a tool that no rule names is denied at once', { timeout: TIMEOUT_MS }, async () => {
    const run = await client().execute({ prompt: '[[write a.txt | x]] [[result]]', allowedTools: ['Read'] });
    expect(run.result?.text).toContain('is not allowed');
    expect(await client().approvals(run.id)).toEqual([]);
  });
});
