import { expect, it } from 'vitest';
import { readMcpServers } from './mcp-servers.js';

it('reads servers in the CLI’s own form', () => {
  const mcpServers = {
    local: { command: 'server', args: ['--quiet'], env: { A: 'b' } },
    'far-away': { type: 'http', url: 'https://example.org/mcp' },
  };
  expect(readMcpServers({ mcpServers })).toEqual(mcpServers);
});

it.each([
  [null, 'expected an object'],
  [{ servers: {} }, 'expected an object'],
  [{ mcpServers: [] }, 'expected an object'],
  [{ mcpServers: { 'a b': { command: 'x' } } }, 'is no name'],
  [{ mcpServers: { one: { args: ['x'] } } }, 'needs a `command`'],
  [{ mcpServers: { one: { command: 'x', args: 'y' } } }, 'needs a `command`'],
  [{ mcpServers: { one: { type: 'http' } } }, 'needs a `command`'],
  [{ mcpServers: { one: { type: 'telepathy', url: 'x' } } }, 'needs a `command`'],
])('refuses %j at start, since the CLI would drop it without a word', (value, reason) => {
  expect(() => readMcpServers(value)).toThrow(reason);
});
