export { AgentProcess } from './agent-process.js';
export { type ControlAnswer, type MessageConsumer } from './agent-process.types.js';
export { type CliInfo } from './cli-locator.js';
export { ClaudeWrapperService, type StartRequest } from './claude-wrapper.service.js';
export { type ExitReport } from './supervisor-channel.js';
export { within } from './within.js';
export { WrapperModule } from './wrapper.module.js';
