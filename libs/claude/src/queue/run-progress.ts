import { type NewEvent } from '../stream/index.js';
import { type RunProgressView } from './run.types.js';

const INTERVAL_MS = 1000;
const NONE: RunProgressView = { turns: 0, toolCalls: 0, tokens: 0 };

/** Counts what a run does, from its events, and tells it now and then: never more often than once a second. */
export class RunProgress {
  private counted: RunProgressView;
  private readonly messages = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  /** @param before what earlier attempts did */
  constructor(
    before: RunProgressView | null,
    private readonly tell: (progress: RunProgressView) => void,
  ) {
    this.counted = before ?? NONE;
  }

  /** As they are now. */
  get figures(): RunProgressView {
    return this.counted;
  }

  note({ type, data }: NewEvent): void {
    if (type === 'text.delta' || type === 'thinking.delta') this.message(data.messageId, true);
    else if (type === 'message') this.message(data.messageId, data.role === 'assistant' && !data.synthetic);
    else if (type === 'tool.started') this.change({ toolCalls: this.counted.toolCalls + 1 });
    else if (type === 'usage') {
      const sum = Object.values(data.usage).reduce((all, count) => all + count, 0);
      this.change({ tokens: Math.max(sum, this.counted.tokens) });
    }
  }

  /** Something else is to be told with it. */
  changed(): void {
    this.change({});
  }

  /** Tells what was not told yet. */
  close(): void {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.tell(this.counted);
  }

  private message(id: string | null, ofModel: boolean): void {
    if (!ofModel || id === null || this.messages.has(id)) return;
    this.messages.add(id);
    this.change({ turns: this.counted.turns + 1 });
  }

  private change(more: Partial<RunProgressView>): void {
    this.counted = { ...this.counted, ...more };
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.tell(this.counted);
    }, INTERVAL_MS);
  }
}
