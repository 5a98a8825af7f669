export { buildArguments, buildInitialize } from './cli-arguments.js';
export { buildEnvironment, type CliEnvironmentOptions, type CliFolders } from './cli-environment.js';
export { controlErrorLine, controlRequestLine, controlResponseLine, userLine } from './cli-lines.js';
export {
  type CliMessage,
  type ControlRequestMessage,
  type ControlResponseMessage,
  type ResultMessage,
} from './cli-message.types.js';
export { type CliConversation, type CliProfile, PERMISSION_MODES, type PermissionMode } from './cli-profile.types.js';
export { ClaudeCommandService } from './claude-command.service.js';
export { CommandModule } from './command.module.js';
export { type ParsedLine, parseMessage } from './parse-message.js';
export { decideTool, type PermissionPolicy, type ToolDecision, type ToolQuestion } from './permission-policy.js';
export { RunTranslator, type TranslatorOptions } from './run-translator.js';
export { type CliTotals, NO_TOTALS, totalsOf } from './run-usage.js';
