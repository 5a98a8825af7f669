import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRequests, FOREGROUND_SUBAGENTS } from '../../libs/claude/src/command/index.js';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { AgentBench, eventsOf } from './agent.bench.js';

const SERVER = resolve('test/fixtures/programs/mcp-adder.mjs');

/** Who called what: subagents and MCP tools, so that a client can draw the tree. */
describe('the tree of a run', () => {
  let api: MessagesApi;
  beforeAll(async () => (api = await startMessagesApi()));
  afterAll(() => api.close());

  it('a subagent’s words, thoughts and tools carry the call that they belong to', async () => {
    await using bench = await AgentBench.start({ url: api.url, hooks: FOREGROUND_SUBAGENTS });
    const { events } = await bench.turn(
      '[[agent [[think deep]] [[say looking]] [[bash echo inner]] [[say sub done]]]] [[bash echo outer]] [[say done]]',
    );
    const started = eventsOf(events, 'tool.started');
    const agent = started.find(({ name }) => name === 'Agent')!;
    expect(started.map(({ name, parentToolUseId }) => [name, parentToolUseId])).toEqual([
      ['Agent', null],
      ['Bash', agent.toolUseId],
      ['Bash', null],
    ]);
    const finished = eventsOf(events, 'tool.finished').map(({ name, parentToolUseId }) => [name, parentToolUseId]);
    expect(finished).toEqual([
      ['Bash', agent.toolUseId],
      ['Agent', null],
      ['Bash', null],
    ]);
    const words = eventsOf(events, 'message')
      .filter(({ parentToolUseId, role }) => parentToolUseId === agent.toolUseId && role === 'assistant')
      .map(({ content }) => JSON.stringify(content));
    for (const part of ['deep', 'looking', 'sub done']) expect(words.some((text) => text.includes(part))).toBe(true);
    // The answer is the main conversation's alone.
    const answer = eventsOf(events, 'text.delta').map(({ text }) => text);
    expect(answer.join('')).toBe('done');
  });

  it('two subagents at once stay apart', async () => {
    await using bench = await AgentBench.start({ url: api.url, hooks: FOREGROUND_SUBAGENTS });
    const call = (word: string) => ({
      name: 'Agent',
      input: { description: word, prompt: `[[bash echo ${word}]] [[say ${word}]]`, subagent_type: 'general-purpose' },
    });
    const { events } = await bench.turn(`[[tools ${JSON.stringify([call('one'), call('two')])}]] [[say done]]`);
    const started = eventsOf(events, 'tool.started');
    const parentOf = (word: string) =>
      started.find(({ input }) => (input as { command?: string }).command === `echo ${word}`)?.parentToolUseId;
    const idOf = (word: string) =>
      started.find(({ input }) => (input as { description?: string }).description === word)?.toolUseId;
    expect([parentOf('one'), parentOf('two')]).toEqual([idOf('one'), idOf('two')]);
  });

  it('an MCP server that is told over stdin serves its tools, after the policy was asked', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    const server = { command: process.execPath, args: [SERVER] };
    expect(await bench.agent.request(controlRequests.mcpSetServers({ adder: server }))).toMatchObject({
      added: ['adder'],
      errors: {},
    });
    const { result, events } = await bench.turn('[[tool mcp__adder__add {"a":2,"b":3}]] [[result]]');
    expect(result.result).toBe('5');
    expect(eventsOf(events, 'tool.started')).toMatchObject([{ name: 'mcp__adder__add', input: { a: 2, b: 3 } }]);
    expect(bench.asked.map((request) => request['tool_name'])).toEqual(['mcp__adder__add']);
  });

  it('an MCP server that cannot be had is told, and the run goes on', async () => {
    await using bench = await AgentBench.start({ url: api.url });
    await bench.agent.request(controlRequests.mcpSetServers({ gone: { command: '/nonexistent' } }));
    const { result, events } = await bench.turn('[[say fine]]');
    expect(result.result).toBe('fine');
    expect(eventsOf(events, 'run.progress').map(({ text }) => text)).toContain(
      'MCP servers that are not there: gone (failed).',
    );
  });
});
