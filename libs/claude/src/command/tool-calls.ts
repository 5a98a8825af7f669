import { type NewEvent } from '../stream/index.js';
import { type ContentBlock } from './cli-message.types.js';

type Emit = (event: NewEvent) => number;

const OUTPUT_CHARACTERS = 10_000;

/** Which tools run: a call opens with its `tool_use` block and closes with its `tool_result`. */
export class ToolCalls {
  private readonly open = new Map<string, { name: string; startedAt: number }>();

  private readonly told = new Set<string>();

  constructor(private readonly emit: Emit) {}

  /** Once a call: it is told by its block, or by the barrier before it runs, whichever comes first. */
  started(block: ContentBlock, parentToolUseId: string | null): void {
    if (!block.id || !block.name || this.told.has(block.id)) return;
    this.told.add(block.id);
    this.open.set(block.id, { name: block.name, startedAt: Date.now() });
    this.emit({
      type: 'tool.started',
      data: { toolUseId: block.id, name: block.name, input: block.input ?? {}, parentToolUseId },
    });
  }

  finished(block: ContentBlock, parentToolUseId: string | null): void {
    if (!block.tool_use_id) return;
    const call = this.open.get(block.tool_use_id);
    this.open.delete(block.tool_use_id);
    this.emit({
      type: 'tool.finished',
      data: {
        toolUseId: block.tool_use_id,
        name: call?.name ?? null,
        isError: block.is_error ?? false,
        output: textOf(block.content).slice(0, OUTPUT_CHARACTERS),
        durationMs: call ? Date.now() - call.startedAt : null,
        parentToolUseId,
      },
    });
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return (content as ContentBlock[]).map((block) => block.text ?? `[${block.type}]`).join('\n');
}
