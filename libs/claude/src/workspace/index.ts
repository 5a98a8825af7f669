export { ClaudeWorkspaceService } from './claude-workspace.service.js';
export { type CopyBound, copyTree } from './copy-tree.js';
export { WorkspaceModule } from './workspace.module.js';
export {
  EMPTY,
  EMPTY_ORIGIN,
  WORKSPACE_KINDS,
  type WorkspaceKind,
  type WorkspaceOrigin,
  type WorkspaceSource,
} from './workspace.types.js';
