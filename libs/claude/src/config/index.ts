export { isId, newRunId, newSessionId, type RunId, type SessionId } from './ids.js';
export { CLAUDE_SETTINGS, type ClaudeOptions } from './claude.settings.js';
export { ClaudeConfigService } from './claude-config.service.js';
export { ConfigModule } from './config.module.js';
export {
  type Environment,
  loadSettings,
  processEnvironment,
  type SettingProblem,
  SettingsError,
} from './load-settings.js';
export { type SandboxMode } from './sandbox.settings.js';
export { choice, integer, list, optional, string } from './setting.builders.js';
export { type Setting, type SettingTable, type SettingValues } from './setting.types.js';
export { type ToolRule } from './tool-rules.js';
export { type McpServers } from './mcp-servers.js';
export { type Budget, type BudgetLimits, budgetOf, type Budgets } from './budgets.js';
export { type Share, shareOf, type Shares } from './shares.js';
export { type ModelCredential, ModelCredentials } from './model-credentials.js';
export { type ModelPrice, type ModelPriceRow, type ModelPrices, readPrices } from './model-prices.js';
export { type ModelProvider } from './host-variables.js';
