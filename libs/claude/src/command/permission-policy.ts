import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';

/** A `can_use_tool` question of the CLI (PROTOCOL.md §3.4). */
export interface ToolQuestion {
  readonly toolName: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly toolUseId?: string | null;
  /** The subagent that asks; null in the main conversation. */
  readonly agentId?: string | null;
  /** What the CLI says of the call, and why it asks. */
  readonly description?: string | null;
  readonly reason?: string | null;
  /** What it would remember. */
  readonly suggestions?: readonly unknown[];
}

export type ToolDecision =
  | { readonly behavior: 'allow'; readonly updatedInput: Readonly<Record<string, unknown>> }
  | { readonly behavior: 'deny'; readonly message: string; readonly interrupt?: boolean };

export interface PermissionPolicy {
  /** Tools that run without a person. */
  readonly tools: ReadonlySet<string>;
  /** Folder that file tools are bound to. */
  readonly workspace: string;
  /** Further folders that the operator allows and the run asked for. */
  readonly addDirs?: readonly string[];
}

const PATH_FIELDS = ['file_path', 'notebook_path', 'path'];

/** Decides without a person: what the policy names runs, file tools inside the workspace only, all else is denied. */
export function decideTool(question: ToolQuestion, policy: PermissionPolicy): ToolDecision {
  if (isListed(question, policy)) return boundTool(question, policy);
  return { behavior: 'deny', message: `${question.toolName} is not allowed in this run.` };
}

/** Whether the policy names the tool. */
export const isListed = ({ toolName }: ToolQuestion, { tools }: PermissionPolicy): boolean =>
  tools.has(toolName) || tools.has(serverOf(toolName));

/** File tools stay inside the workspace, whoever allowed them. */
export function boundTool({ toolName, input }: ToolQuestion, policy: PermissionPolicy): ToolDecision {
  const roots = [policy.workspace, ...(policy.addDirs ?? [])];
  for (const field of PATH_FIELDS) {
    const path = input[field];
    if (typeof path === 'string' && !roots.some((root) => isInside(root, path, policy.workspace))) {
      return { behavior: 'deny', message: `${path} is outside of the workspace; ${toolName} is allowed inside only.` };
    }
  }
  return { behavior: 'allow', updatedInput: input };
}

/** `mcp__server` of `mcp__server__tool`: a server is allowed with all its tools. */
const serverOf = (toolName: string): string => /^mcp__.+?(?=__)/.exec(toolName)?.[0] ?? toolName;

/** Whether a path, after following every link that exists already, lies in the folder; a relative one begins at `base`. */
function isInside(folder: string, path: string, base = folder): boolean {
  const root = real(folder);
  const target = real(isAbsolute(path) ? resolve(path) : resolve(real(base), path));
  return target === root || target.startsWith(root + sep);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(real(dirname(path)), basename(path));
  }
}
