import { createHash } from 'node:crypto';
import { type CliProfile, type McpServerDefinition, type PermissionMode } from './cli-profile.types.js';
import { controlRequests } from './control-requests.js';
import { hookCallbacks, type ToolHooks } from './hooks.js';

/** Keys that were made before, by what they were made of: most runs ask for one of a few profiles. */
const keys = new Map<string, string>();
const [MAX_KEYS, MAX_REMEMBERED] = [100, 16 * 1024];

/** What a live process can be told between two prompts. All else is fixed at spawn or by its `initialize`. */
export interface ChangeableProfile {
  readonly permissionMode: PermissionMode;
  readonly mcpServers: Readonly<Record<string, McpServerDefinition>>;
}

/**
 * Names what is fixed in a process: two prompts of one key can be given to the same one (docs/warm-processes.md has the
 * measurements). The model is in it although the CLI takes another one by a control request: the dialogue of `/model`
 * then stands in the conversation, and the system prompt goes on naming the model of the start.
 */
export function profileKey(
  { permissionMode, mcpServers: _told, ...fixed }: CliProfile,
  hooks: ToolHooks | null,
): string {
  const parts = { ...fixed, bypass: permissionMode === 'bypassPermissions', hooks: hookCallbacks(hooks) };
  const text = JSON.stringify(parts);
  const known = keys.get(text);
  if (known !== undefined) return known;
  const key = createHash('sha256')
    .update(JSON.stringify(sorted(parts)))
    .digest('base64url');
  if (keys.size >= MAX_KEYS) keys.clear();
  if (text.length <= MAX_REMEMBERED) keys.set(text, key);
  return key;
}

/** The requests that bring a process from one profile to another of the same key. */
export function profileChanges(from: ChangeableProfile, to: ChangeableProfile): Readonly<Record<string, unknown>>[] {
  const sameServers = JSON.stringify(sorted(from.mcpServers)) === JSON.stringify(sorted(to.mcpServers));
  return [
    ...(from.permissionMode === to.permissionMode ? [] : [controlRequests.setPermissionMode(to.permissionMode)]),
    ...(sameServers ? [] : [controlRequests.mcpSetServers(to.mcpServers)]),
  ];
}

/**
 * Why a process of this profile serves one run only; null when it may serve more. A budget counts for the whole life of
 * a process, and settings of the workspace are read at its start, where the next run expects those of now.
 */
export function singleUseReason({ maxBudgetUsd, settingSources }: CliProfile): string | null {
  if (maxBudgetUsd !== null) return 'budget';
  return settingSources.length > 0 ? 'settings' : null;
}

/** Programs among its MCP servers, which are processes of the agent's tree. */
export const serverPrograms = ({ mcpServers }: ChangeableProfile): number =>
  Object.values(mcpServers).filter((server) => 'command' in server).length;

/** The same value with the keys of all objects in order; lists keep theirs, since it may mean something. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
