export {
  type AgentDefinition,
  type Frame,
  type Page,
  type Problem,
  type Run,
  type RunError,
  type RunRequest,
  type RunState,
  type Session,
  type SlashCommand,
  type Usage,
} from './api.types.js';
export { ProblemError } from './problem.error.js';
export { type Answer, type ClientEvents, type ServerEvents } from './socket.types.js';
export { type SseMessage, SseParser } from './sse-parser.js';
export { StewardClient, type StewardClientOptions } from './steward.client.js';
