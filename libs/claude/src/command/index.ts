export {
  agrees,
  type Attachment,
  type AttachmentInfo,
  BINARY_TYPES,
  blockOf,
  type ContentBlock,
  typeOfContent,
} from './attachments.js';
export { type ApiMessage, historyOf, type PastMessage } from './api-history.js';
export { type BackgroundTask, BackgroundTasks } from './background-tasks.js';
export { ClaudeCommandService } from './claude-command.service.js';
export { buildArguments } from './cli-arguments.js';
export { buildEnvironment, type CliEnvironmentOptions, type CliFolders } from './cli-environment.js';
export { type CliTuning, FORGET_TUNING, tuningVariables } from './cli-tuning.js';
export {
  commandLine,
  controlErrorLine,
  controlRequestLine,
  controlResponseLine,
  userLine,
  userLines,
} from './cli-lines.js';
export {
  type CliMessage,
  type ControlCancelMessage,
  type ControlRequestMessage,
  type ControlResponseMessage,
  type ResultMessage,
  type SystemMessage,
} from './cli-message.types.js';
export {
  BARE_PROFILE,
  type CliConversation,
  type CliProfile,
  type McpServerDefinition,
  PERMISSION_MODES,
  type PermissionMode,
} from './cli-profile.types.js';
export { type CliTotals, NO_TOTALS, totalsOf, totalsOfUsage } from './cli-totals.js';
export { CommandModule } from './command.module.js';
export { type ControlAnswer, type ControlAnswerers, answerControl, WITHDRAWN } from './control-answers.js';
export { controlRequests } from './control-requests.js';
export { FOREGROUND_SUBAGENTS } from './foreground-subagents.js';
export {
  type BeforeTool,
  decideBefore,
  type HookCallbacks,
  hookCallbacks,
  type HookedCall,
  type HookedOutcome,
  type ToolHooks,
} from './hooks.js';
export { buildInitialize } from './initialize-request.js';
export { type InitializeAnswer, initializeAnswer, type SlashCommand } from './initialize-answer.js';
export { type McpServerStatus, mcpStatusOf } from './mcp-status.js';
export { kindOf, MESSAGE_KINDS, SYSTEM_KINDS } from './message-kinds.js';
export { outputProblemsOf } from './output-check.js';
export { plainSchema } from './output-schema.js';
export { type ParsedLine, parseMessage } from './parse-message.js';
export {
  boundTool,
  decideTool,
  isListed,
  type PermissionPolicy,
  type ToolDecision,
  type ToolQuestion,
} from './permission-policy.js';
export {
  type ChangeableProfile,
  profileChanges,
  profileKey,
  serverPrograms,
  singleUseReason,
} from './process-profile.js';
export { type AgentQuestion, answeredInput, PLAN_TOOL, QUESTION_TOOL, questionsOf } from './questions.js';
export { type OptionProblem, optionProblems } from './run-options.check.js';
export {
  type AgentDefinition,
  BACKGROUND_MODES,
  type BackgroundMode,
  BETAS,
  type CommandCall,
  EFFORTS,
  type RunOptions,
  SETTING_SOURCES,
  type SettingSource,
  THINKING,
  THINKING_DISPLAYS,
} from './run-options.types.js';
export { RAW_MESSAGES, type RawMessages, RunTranslator, type TranslatorOptions } from './run-translator.js';
export { BUILT_IN_TOOLS } from './tool-names.js';
export { NO_USAGE } from './usage-sum.js';
export { steeringText } from './steering-text.js';
