import { ClaudeError } from '../error/index.js';
import { type ControlResponseMessage, controlRequestLine } from '../command/index.js';
import { type Deferred, deferred } from '../stream/index.js';

type Answer = Readonly<Record<string, unknown>>;

/** Requests of ours to the CLI, each with its id and its answer. */
export class ControlRequests {
  private count = 0;
  private readonly open = new Map<string, Deferred<Answer>>();

  constructor(private readonly write: (line: string) => void) {}

  /**
   * @param timeoutMs how long an answer is waited for; null where the caller bounds the wait itself
   * @throws ClaudeError `cli.refused` when the CLI refuses, `cli.no_answer` when it is silent; whatever `fail` was
   *   called with when it ends first
   */
  async send(request: Readonly<Record<string, unknown>>, timeoutMs: number | null): Promise<Answer> {
    this.count += 1;
    const id = `steward-${this.count}`;
    const waiting = deferred<Answer>();
    this.open.set(id, waiting);
    this.write(controlRequestLine(id, request));
    const subtype = String(request['subtype']);
    const timer =
      timeoutMs === null
        ? undefined
        : setTimeout(
            () => waiting.reject(new ClaudeError('cli.no_answer', { request: subtype, timeoutMs })),
            timeoutMs,
          );
    return waiting.promise.finally(() => {
      clearTimeout(timer);
      this.open.delete(id);
    });
  }

  /** A late answer, or one to an id that is not ours, is ignored. */
  receive({ response }: ControlResponseMessage): void {
    const waiting = this.open.get(response.request_id);
    if (!waiting) return;
    if (response.subtype === 'success') waiting.resolve(response.response ?? {});
    else waiting.reject(new ClaudeError('cli.refused', { reason: response.error ?? 'no reason' }));
  }

  fail(reason: ClaudeError): void {
    for (const waiting of this.open.values()) waiting.reject(reason);
    this.open.clear();
  }
}
