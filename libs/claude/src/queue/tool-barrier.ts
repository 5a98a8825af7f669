import { type BeforeTool, type HookedCall, type RunTranslator, type ToolHooks } from '../command/index.js';
import { type SessionLease } from '../session/index.js';
import { type LogWriter } from '../stream/index.js';

/**
 * Before a tool acts, its call is in the log and the lease is confirmed: whoever goes on after a crash knows what may
 * have happened, and a worker that was only slow does nothing any more. While Redis is away the tool waits here. The
 * first one also waits until it is known what the workspace had before: without a tool the agent changes nothing there.
 */
export class ToolBarrier implements ToolHooks {
  readonly timeoutMs: number;
  private translator: RunTranslator | undefined;
  private begun: () => Promise<unknown> = () => Promise.resolve();

  constructor(
    private readonly hooks: ToolHooks,
    private readonly writer: Pick<LogWriter, 'settle'>,
    private readonly lease: Pick<SessionLease, 'confirm'>,
  ) {
    this.timeoutMs = hooks.timeoutMs;
  }

  /** @param begun resolves when it is known what the run begins with; asked by whoever needs to know it */
  attach(translator: RunTranslator, begun: () => Promise<unknown>): void {
    this.translator = translator;
    this.begun = begun;
  }

  /**
   * Where the run or its session is another's by now, nothing is answered: the process is ended for that, and a denial
   * would stand in the conversation with which the other one goes on, as if somebody had refused the call.
   *
   * @throws what was in the way, once nobody waits for the answer any more: the call is denied then
   */
  async beforeTool(call: HookedCall, signal: AbortSignal): Promise<BeforeTool> {
    const decided = (await this.hooks.beforeTool?.(call, signal)) ?? { decision: 'pass' };
    if (decided.decision === 'deny') return decided;
    this.translator?.intend(call);
    try {
      await Promise.all([this.begun(), this.writer.settle(), this.lease.confirm()]);
    } catch (error) {
      await aborted(signal);
      throw error;
    }
    return decided;
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
