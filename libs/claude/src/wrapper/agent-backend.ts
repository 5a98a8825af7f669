import { type CliMessage, type ResultMessage } from '../command/index.js';
import { type RunResources } from './resource-meter.js';

/** Takes each message of a run; a promise holds the reading of what follows until it is settled. */
export type MessageConsumer = (message: CliMessage) => void | Promise<void>;

/** Whether a prompt is over after this message; a result that answers it is, unless more is to follow. */
export type EndOfPrompt = (message: CliMessage) => boolean;

/**
 * What answers prompts of one conversation, in the CLI's own messages, so that whoever reads them need not know which it
 * is: an agent process, or the Messages API where none can answer.
 */
export abstract class AgentBackend {
  /**
   * Gives it one user line, and its messages to the consumer in order, until the prompt is over. A consumer that returns a
   * promise holds what follows. Resolves with the result, also when that is an error of the provider.
   *
   * @throws ClaudeError when it ends first
   */
  abstract prompt(line: string, consumer: MessageConsumer, isOver?: EndOfPrompt): Promise<ResultMessage>;

  /** Stops the present work; the result that follows tells so. Does nothing when idle. */
  abstract interrupt(): Promise<void>;

  /** Ends it. Resolves when nothing of it is left. Repeatable. */
  abstract stop(): Promise<unknown>;

  /** What the present prompt, or else the last one, has used of the machine; null where that is nothing to speak of. */
  abstract get resources(): RunResources | null;
}
