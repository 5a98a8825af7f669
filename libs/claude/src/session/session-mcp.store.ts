import { Injectable, Logger } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { controlRequests, type McpServerStatus, mcpStatusOf } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { type AgentProcess } from '../wrapper/index.js';

/** An MCP server that the operator offers, and how it was when a run of the session used it last. */
export interface McpServerView extends Omit<McpServerStatus, 'status'> {
  readonly type: string;
  /** unused: no run of this session has named it. */
  readonly status: string;
  readonly seenAt: string | null;
}

type Seen = McpServerStatus & { readonly seenAt: string };

const key = (sessionId: string): string => `steward:session-mcp:${sessionId}`;

/** What the agent processes of sessions have said about their MCP servers; any server of Steward's can tell it. */
@Injectable()
export class SessionMcpStore {
  private readonly logger = new Logger('Session');

  constructor(
    private readonly redis: RedisConnections,
    private readonly config: ClaudeConfigService,
  ) {}

  /** Asks the process and keeps what it says. Never throws: a run does not fail since nobody could be told of its servers. */
  async note(sessionId: string, agent: AgentProcess): Promise<void> {
    try {
      const seen = mcpStatusOf(await agent.request(controlRequests.mcpStatus()));
      if (seen.length === 0) return;
      const seenAt = new Date().toISOString();
      const fields = seen.flatMap((server) => [server.name, JSON.stringify({ ...server, seenAt })]);
      const { commands } = this.redis;
      await commands.hset(key(sessionId), ...fields);
      await commands.pexpire(key(sessionId), this.config.options.sessionRetentionMs);
      const failed = seen.filter(({ status }) => status === 'failed').map(({ name }) => name);
      if (failed.length > 0) this.logger.warn({ sessionId, failed }, 'MCP servers of a run are not there');
    } catch (error) {
      this.logger.warn({ sessionId, reason: (error as Error).message }, 'MCP servers could not be asked about');
    }
  }

  /** All that the operator offers. */
  async list(sessionId: string): Promise<McpServerView[]> {
    const known = await this.redis.commands.hgetall(key(sessionId));
    return Object.entries(this.config.options.mcpServers).map(([name, { type = 'stdio' }]) => {
      const seen = known[name] === undefined ? null : (JSON.parse(known[name]) as Seen);
      const unused = { status: 'unused', serverInfo: null, tools: [], seenAt: null };
      return { ...unused, ...seen, name, type: String(type) };
    });
  }

  async forget(sessionId: string): Promise<void> {
    await this.redis.commands.del(key(sessionId));
  }
}
