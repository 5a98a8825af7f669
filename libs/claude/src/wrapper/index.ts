export { AgentBackend } from './agent-backend.js';
export { AgentProcess } from './agent-process.js';
export {
  type AgentObserver,
  type AgentProcessOptions,
  type EndOfPrompt,
  type MessageConsumer,
} from './agent-process.types.js';
export { ApiAgent, type ApiAgentOptions } from './api-agent.js';
export { bytesBelow } from './bytes-below.js';
export { type CliInfo } from './cli-locator.js';
export { ClaudeWrapperService, type StartRequest } from './claude-wrapper.service.js';
export { type RunResources } from './resource-meter.js';
export { openWay } from './sandbox.service.js';
export { type SandboxPlan } from './sandbox.types.js';
export { type ExitReport } from './supervisor-channel.js';
export { type UidBlock } from './uid-claim.js';
export { within } from './within.js';
export { WrapperModule } from './wrapper.module.js';
