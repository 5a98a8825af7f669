import { type CliMessage, controlRequests, userLine } from '../command/index.js';
import { type AgentProcess } from '../wrapper/index.js';
import { type RunInput } from './run-input.store.js';

export interface SteeringOptions {
  readonly agent: Pick<AgentProcess, 'say' | 'review' | 'request'>;
  /** What has come since the last time. */
  readonly take: () => Promise<readonly RunInput[]>;
  /** Readers are told of it, and it is in the log, before the agent hears it. */
  readonly tell: (input: RunInput) => Promise<void>;
}

/**
 * What is said to an agent while it works. The CLI puts it into the turn under way when a tool has ended, and otherwise
 * makes another turn of it, with a result of its own; which of both, it does not say (PROTOCOL.md §3.2). It says that it
 * is idle only when nothing is left: with inputs given, that is the end of the run, and not the first result.
 */
export class RunSteering {
  /** Given, and not known to be consumed. */
  private given: { readonly input: RunInput; readonly uuid: string }[] = [];
  private wasGiven = false;
  private busy = 0;
  private idle = false;
  private closed = false;
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly options: SteeringOptions) {}

  /** Whether nothing was said that has not been answered. */
  get isOver(): boolean {
    return this.busy === 0 && this.given.length === 0;
  }

  /** Whether what was said has been answered since this was asked last. */
  hasJustSettled(): boolean {
    const settled = this.isOver && this.wasGiven;
    if (settled) this.wasGiven = false;
    return settled;
  }

  /** The prompt is over: what comes from here on is taken by nobody, and so refused. */
  end(): void {
    this.closed = true;
  }

  /** Something may have come. */
  look(): void {
    this.next(async () => {
      for (const input of this.closed ? [] : await this.options.take()) {
        await this.options.tell(input);
        this.give(input);
      }
    });
  }

  /** What an earlier attempt had taken and the conversation does not have. */
  give(input: RunInput): void {
    this.write(input, input.id);
  }

  private write(input: RunInput, uuid: string): void {
    this.wasGiven = true;
    this.given.push({ input, uuid });
    this.options.agent.say(userLine(input.text, uuid));
  }

  accept(message: CliMessage): void {
    if (message.type !== 'system' || message.subtype !== 'session_state_changed') return;
    this.idle = message['state'] === 'idle';
    if (this.idle && this.given.length > 0) this.next(() => this.confirm());
  }

  /** Nothing more is given; what waits in the CLI is taken back, since an interrupt would make it begin with that. */
  async close(): Promise<void> {
    this.closed = true;
    const left = this.given;
    this.given = [];
    await Promise.allSettled(left.map(({ uuid }) => this.takeBack(uuid)));
  }

  /** One at a time; while one is under way the run is not over. */
  private next(step: () => Promise<void>): void {
    this.busy += 1;
    this.work = this.work
      .then(step)
      // Redis or the process is gone: that ends the attempt by itself.
      .catch(() => undefined)
      .finally(() => {
        this.busy -= 1;
        if (this.isOver) this.options.agent.review();
      });
  }

  /**
   * It was idle when it said so; a line may have reached it since. The answer to a request tells that it has read what
   * was written before: what is still in its queue then is written again, and what is not is in a turn.
   */
  private async confirm(): Promise<void> {
    const asked = this.given;
    const isBack = await Promise.all(asked.map(({ uuid }) => this.takeBack(uuid)));
    if (this.closed) return;
    const back = asked.filter((_one, index) => isBack[index]);
    this.given = this.given.filter((one) => !back.includes(one));
    // The CLI passes over a line whose uuid it knows.
    for (const { input } of back) this.write(input, crypto.randomUUID());
    // In another turn by now: its end will say that it is idle.
    if (this.idle && back.length === 0) this.given = this.given.filter((one) => !asked.includes(one));
  }

  private async takeBack(id: string): Promise<boolean> {
    const { cancelled } = await this.options.agent.request(controlRequests.cancelMessage(id));
    return cancelled === true;
  }
}
