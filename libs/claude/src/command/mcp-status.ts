type Fields = Readonly<Record<string, unknown>>;

/** An MCP server as the CLI sees it. Its definition, which may hold secrets, is not in here. */
export interface McpServerStatus {
  readonly name: string;
  /** connected, failed, pending, needs-auth or disabled. */
  readonly status: string;
  /** What it calls itself; null before it is connected. */
  readonly serverInfo: { readonly name: string; readonly version: string } | null;
  readonly tools: readonly { readonly name: string; readonly description: string }[];
}

const MAX_TOOLS = 500;
const MAX_CHARACTERS = 1000;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MAX_CHARACTERS) : '');
const objects = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The answer to `mcp_status`, read tolerantly. */
export function mcpStatusOf(answer: Fields): McpServerStatus[] {
  return objects(answer['mcpServers']).map(({ name, status, serverInfo, tools }) => ({
    name: text(name),
    status: text(status),
    serverInfo: isObject(serverInfo) ? { name: text(serverInfo['name']), version: text(serverInfo['version']) } : null,
    tools: objects(tools)
      .slice(0, MAX_TOOLS)
      .map((tool) => ({ name: text(tool['name']), description: text(tool['description']) })),
  }));
}
