// Made by `npm run generate` from the tables of the server; edit those.

export { type Owner, type WorkspaceSource, type Workspace, type Session, type TranscriptMessage } from './api-sessions.generated.js';
export { type ApprovalAnswer, type Approval, type ApprovalResolution, type RunInput, type InputAnswer } from './api-approvals.generated.js';
export { type AgentDefinition, type Attachment, type FileEntry, type FileChange, type WorkspaceDiff, type McpServerInfo, type McpTool, type McpServer, type CommandCall, type RunActivity, type RunProgress, type RunDegraded, type RunRequest, type Run, type SlashCommand } from './api-runs.generated.js';
export { type SpendingLimits, type SpendingHeld, type SessionSpending, type SpendingPart, type Spending, type Holding, type Holdings } from './api-figures.generated.js';
export { type FieldProblem, type Problem } from './api-problems.generated.js';
