import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answeredInput,
  controlRequests,
  initializeAnswer,
  QUESTION_TOOL,
  questionsOf,
  type ToolDecision,
} from '../../libs/claude/src/command/index.js';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { AgentBench, eventsOf } from './agent.bench.js';

/** The control protocol both ways, with the real CLI. */
describe('control requests to the CLI', () => {
  let api: MessagesApi;
  let bench: AgentBench;
  beforeAll(async () => {
    api = await startMessagesApi();
    bench = await AgentBench.start({ url: api.url });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    await api.close();
  });

  it('initialize tells commands', () => {
    const { commands } = initializeAnswer(bench.agent.initialized);
    expect(commands.map(({ name }) => name)).toEqual(expect.arrayContaining(['compact', 'context', 'init']));
  });

  it('interrupt ends what streams, and the process goes on', async () => {
    const turn = bench.turn('[[text n=2000 delay=5]]');
    await expect.poll(() => bench.messages.some(({ type }) => type === 'stream_event')).toBe(true);
    await bench.agent.interrupt();
    expect((await turn).result).toMatchObject({ is_error: true, terminal_reason: 'aborted_streaming' });
    expect((await bench.turn('[[say again]]')).result.result).toBe('again');
  });

  it('interrupt of an idle process does nothing', async () => {
    await bench.agent.interrupt();
    expect(bench.agent.state).toBe('ready');
  });

  it('the model changes between two prompts, and back', async () => {
    await bench.agent.request(controlRequests.setModel('haiku'));
    await bench.turn('[[say small]]');
    await bench.agent.request(controlRequests.setModel(null));
    await bench.turn('[[say large]]');
    const modelOf = (step: string) => api.journal.find((entry) => entry.step === step)?.model;
    expect(modelOf('[[say small]]')).toContain('haiku');
    expect(modelOf('[[say large]]')).toContain('opus');
  });

  it('the permission mode changes; one that does not exist is refused here, since the CLI takes it', async () => {
    await bench.agent.request(controlRequests.setPermissionMode('plan'));
    const { messages } = await bench.turn('[[say x]]');
    expect(JSON.stringify(messages)).toContain('"permissionMode":"plan"');
    await bench.agent.request(controlRequests.setPermissionMode('default'));
    expect(() => controlRequests.setPermissionMode('nonsense' as 'plan')).toThrow(RangeError);
  });

  it('context usage and MCP status', async () => {
    expect(await bench.agent.request(controlRequests.contextUsage())).toMatchObject({
      totalTokens: expect.any(Number) as number,
      maxTokens: expect.any(Number) as number,
    });
    expect(await bench.agent.request(controlRequests.mcpStatus())).toEqual({ mcpServers: [] });
  });

  it('an answer comes while a turn runs', async () => {
    const turn = bench.turn('[[text n=100 delay=5]]');
    await expect.poll(() => bench.agent.state).toBe('busy');
    await bench.agent.request(controlRequests.mcpStatus());
    expect(bench.agent.state).toBe('busy');
    await turn;
  });

  it('what the CLI refuses is an error with its reason', async () => {
    await expect(bench.agent.request({ subtype: 'nonsense' })).rejects.toMatchObject({ code: 'cli.refused' });
  });

  it('what it is too slow for is an error in time, and the late answer harms nobody', async () => {
    await using hasty = await AgentBench.start({ url: api.url, controlTimeoutMs: 1 });
    await expect(hasty.agent.request(controlRequests.contextUsage())).rejects.toMatchObject({ code: 'cli.no_answer' });
    expect((await hasty.turn('[[say fine]]')).result.result).toBe('fine');
  });
});

describe('what the CLI asks', () => {
  let api: MessagesApi;
  beforeAll(async () => (api = await startMessagesApi()));
  afterAll(() => api.close());

  it('may a tool run: yes, with another input', async () => {
    await using bench = await AgentBench.start({
      url: api.url,
      decide: ({ input }) => ({ behavior: 'allow', updatedInput: { ...input, command: 'echo other' } }),
    });
    const { result } = await bench.turn('[[bash touch one]] [[result]]');
    expect(result.result).toBe('other');
    expect(bench.asked.map(({ subtype }) => subtype)).toEqual(['can_use_tool']);
  });

  it('may a tool run: no, and the turn goes on', async () => {
    await using bench = await AgentBench.start({
      url: api.url,
      decide: () => ({ behavior: 'deny', message: 'not today' }),
    });
    const { result, events } = await bench.turn('[[bash touch one]] [[result]]');
    expect(result).toMatchObject({ is_error: false, result: expect.stringContaining('not today') as string });
    expect(eventsOf(events, 'tool.finished')).toMatchObject([{ isError: true }]);
  });

  it('two questions at once are kept apart', async () => {
    const open: { file: string; give: (decision: ToolDecision) => void }[] = [];
    await using bench = await AgentBench.start({
      url: api.url,
      decide: ({ input }) => new Promise<ToolDecision>((give) => open.push({ file: String(input['file_path']), give })),
    });
    const turn = bench.turn(
      '[[tools [{"name":"Read","input":{"file_path":"/etc/hostname"}},{"name":"Read","input":{"file_path":"/etc/hosts"}}]]] [[say x]]',
    );
    await expect.poll(() => open.length, { timeout: 5000 }).toBe(2);
    for (const { file, give } of open.toReversed()) give({ behavior: 'deny', message: `not ${file}` });
    const finished = eventsOf((await turn).events, 'tool.finished').map(({ output }) => output);
    expect(finished.toSorted()).toEqual(['not /etc/hostname', 'not /etc/hosts']);
  });

  it('a question that it withdraws is aborted, and the answer is dropped', async () => {
    let withdrawn = false;
    let late: ((decision: ToolDecision) => void) | undefined;
    await using bench = await AgentBench.start({
      url: api.url,
      decide: (_question, signal) => {
        signal.addEventListener('abort', () => (withdrawn = true));
        return new Promise((give) => (late = give));
      },
    });
    const turn = bench.turn('[[bash touch one]]');
    await expect.poll(() => late !== undefined, { timeout: 5000 }).toBe(true);
    await bench.agent.interrupt();
    expect((await turn).result).toMatchObject({ is_error: true, terminal_reason: 'aborted_tools' });
    expect(withdrawn).toBe(true);
    late!({ behavior: 'allow', updatedInput: {} });
    expect((await bench.turn('[[say fine]]')).result.result).toBe('fine');
  });

  it('a question to a person, with options', async () => {
    await using bench = await AgentBench.start({
      url: api.url,
      decide({ toolName, input }) {
        if (toolName !== QUESTION_TOOL) return { behavior: 'deny', message: 'no' };
        const [question] = questionsOf(input);
        expect(question?.options.map(({ label }) => label)).toEqual(['Red', 'Blue']);
        return { behavior: 'allow', updatedInput: answeredInput(input, { [question!.question]: ['Blue'] }) };
      },
    });
    const { result } = await bench.turn('[[ask Which? | Red | Blue]] [[result]]');
    expect(result.result).toContain('Blue');
  });

  it('hooks around every tool call, in their order, with what ran and what came of it', async () => {
    const seen: string[] = [];
    await using bench = await AgentBench.start({
      url: api.url,
      hooks: {
        timeoutMs: 5000,
        async beforeTool({ toolName, toolUseId, input }) {
          seen.push(`before ${toolName} ${String(input['command'])} ${toolUseId?.startsWith('toolu_')}`);
          await writeFile(join(bench.workspace, 'intent'), 'written before');
          return { decision: 'pass' };
        },
        async afterTool({ toolName, response }) {
          seen.push(`after ${toolName} ${JSON.stringify(response).includes('written before')}`);
        },
      },
    });
    await bench.turn('[[bash cat intent]] [[say x]]');
    expect(seen).toEqual(['before Bash cat intent true', 'after Bash true']);
  });

  it('a hook allows with another input, and denies with a reason', async () => {
    let calls = 0;
    await using bench = await AgentBench.start({
      url: api.url,
      decide: () => ({ behavior: 'deny', message: 'asked' }),
      hooks: {
        timeoutMs: 5000,
        beforeTool: ({ input }) =>
          Promise.resolve(
            (calls += 1) === 1
              ? { decision: 'allow', input: { ...input, command: 'echo replaced' } }
              : { decision: 'deny', reason: 'barred by hook' },
          ),
      },
    });
    expect((await bench.turn('[[bash touch a]] [[result]]')).result.result).toBe('replaced');
    expect((await bench.turn('[[bash touch b]] [[result]]')).result.result).toContain('barred by hook');
  });

  it('a hook that fails, or is not done in time, denies the call: no effect without its barrier', async () => {
    await using failing = await AgentBench.start({
      url: api.url,
      hooks: { timeoutMs: 5000, beforeTool: () => Promise.reject(new Error('the log is away')) },
    });
    const failed = await failing.turn('[[bash touch effect]] [[say x]]');
    expect(eventsOf(failed.events, 'tool.finished')).toMatchObject([{ isError: true }]);
    let given: AbortSignal | undefined;
    await using slow = await AgentBench.start({
      url: api.url,
      hooks: {
        timeoutMs: 1000,
        beforeTool: (_call, signal) => {
          given = signal;
          return new Promise(() => undefined);
        },
      },
    });
    const late = await slow.turn('[[bash touch effect]] [[say x]]');
    expect(eventsOf(late.events, 'tool.finished')).toMatchObject([{ isError: true }]);
    expect(given?.aborted).toBe(true);
  });
});
