/** Definitions of MCP servers in the CLI's own form, by name. */
export type McpServers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/**
 * The operator's file, `{ "mcpServers": { name: { command, args, env } | { type, url, headers } } }`.
 * Checked here, since the CLI drops a server of a wrong shape without a word (PROTOCOL.md §1.5).
 */
export function readMcpServers(value: unknown): McpServers {
  const servers = isObject(value) ? value['mcpServers'] : undefined;
  if (!isObject(servers)) throw new Error('expected an object `mcpServers`');
  for (const [name, server] of Object.entries(servers)) {
    if (!NAME.test(name)) throw new Error(`"${name}" is no name of a server (letters, digits, _ and -)`);
    if (!isObject(server) || !isServer(server))
      throw new Error(`the server ${name} needs a \`command\`, or a \`type\` of http or sse with a \`url\``);
  }
  return servers as McpServers;
}

function isServer(server: Readonly<Record<string, unknown>>): boolean {
  const { type = 'stdio', command, args = [], url } = server;
  if (type === 'stdio') return isText(command) && Array.isArray(args) && args.every((arg) => typeof arg === 'string');
  return (type === 'http' || type === 'sse') && isText(url);
}
