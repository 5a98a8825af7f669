import {
  type ControlAnswer,
  type ControlRequestMessage,
  controlErrorLine,
  controlResponseLine,
  WITHDRAWN,
} from '../command/index.js';

export type Answerer = (request: ControlRequestMessage, signal: AbortSignal) => ControlAnswer | Promise<ControlAnswer>;

const FAILED: ControlAnswer = { ok: false, error: 'Steward failed to decide.' };

/** Questions of the CLI that are being decided. One that it withdraws is aborted, and its answer is never written. */
export class PendingAnswers {
  private readonly open = new Map<string, AbortController>();

  constructor(
    private readonly answerer: Answerer,
    private readonly write: (line: string) => void,
  ) {}

  async take(message: ControlRequestMessage): Promise<void> {
    const { request_id: id } = message;
    const controller = new AbortController();
    this.open.set(id, controller);
    const answer = await this.decide(message, controller.signal);
    // The same id may have been asked again meanwhile; only the newest question is still open.
    if (this.open.get(id) !== controller) return;
    this.open.delete(id);
    this.write(answer.ok ? controlResponseLine(id, answer.response) : controlErrorLine(id, answer.error));
  }

  withdraw(id: string): void {
    this.open.get(id)?.abort(WITHDRAWN);
    this.open.delete(id);
  }

  /** The process is gone: whoever still decides may stop. */
  clear(): void {
    for (const controller of this.open.values()) controller.abort();
    this.open.clear();
  }

  private async decide(message: ControlRequestMessage, signal: AbortSignal): Promise<ControlAnswer> {
    try {
      return await this.answerer(message, signal);
    } catch {
      return FAILED;
    }
  }
}
