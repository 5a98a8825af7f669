import { type CliMessage, type ResultMessage } from '../command/index.js';
import { deferred } from '../stream/index.js';
import { type EndOfPrompt, type MessageConsumer } from './agent-backend.js';

/** Results of background tasks have an origin; the first without one answers the line. */
export const isAnswer: EndOfPrompt = (message) => message.type === 'result' && !message.origin;

/** One prompt while the CLI works on it: its messages go to the consumer, and its newest result is its end. */
export class PromptRun {
  readonly ended = deferred<ResultMessage>();
  private newest: ResultMessage | undefined;

  /** @param over called once, before `ended` resolves: what the CLI prints from there on belongs to nobody */
  constructor(
    private readonly consumer: MessageConsumer,
    private readonly isOver: EndOfPrompt,
    private readonly over: () => void,
  ) {}

  /** A promise holds the reading of stdout while the consumer is behind. */
  take(message: CliMessage): void | Promise<void> {
    if (message.type === 'result') this.newest = message;
    const held = this.consumer(message);
    if (!held) return this.settle(message);
    return held.then(
      () => this.settle(message),
      (error: unknown) => this.ended.reject(error),
    );
  }

  /** Looks again whether it is over. */
  review(): void {
    if (this.newest) this.settle(this.newest);
  }

  private settle(message: CliMessage): void {
    if (!this.isOver(message) || !this.newest) return;
    this.over();
    this.ended.resolve(this.newest);
  }
}
