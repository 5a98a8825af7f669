import { PERMISSION_MODES, type PermissionMode, type McpServerDefinition } from './cli-profile.types.js';

type Request = Readonly<Record<string, unknown>> & { readonly subtype: string };

/**
 * Requests that we make of a ready agent process (PROTOCOL.md §3.3), checked here: the CLI accepts any permission mode
 * and really goes into it, and takes any model.
 */
export const controlRequests = {
  interrupt: (): Request => ({ subtype: 'interrupt' }),
  /** @param model null goes back to the default */
  setModel: (model: string | null): Request => ({ subtype: 'set_model', model: model ?? 'default' }),
  setPermissionMode(mode: PermissionMode): Request {
    if (!PERMISSION_MODES.includes(mode)) throw new RangeError(`there is no permission mode ${mode}`);
    return { subtype: 'set_permission_mode', mode };
  },
  contextUsage: (): Request => ({ subtype: 'get_context_usage' }),
  usage: (): Request => ({ subtype: 'get_usage' }),
  mcpStatus: (): Request => ({ subtype: 'mcp_status' }),
  mcpSetServers: (servers: Readonly<Record<string, McpServerDefinition>>): Request => ({
    subtype: 'mcp_set_servers',
    servers,
  }),
  /** Takes a user line back that waits in the CLI: `{ cancelled }` says whether it did. */
  cancelMessage: (uuid: string): Request => ({ subtype: 'cancel_async_message', message_uuid: uuid }),
  stopTask: (taskId: string): Request => ({ subtype: 'stop_task', task_id: taskId }),
} as const;
