import { setTimeout as delay } from 'node:timers/promises';
import { type RunItem, type StewardClient } from '@steward/client';
import { TextByHand } from '../support/event-reader.js';

const AGAIN_MS = 200;

/** A tool call as its reader heard of it. */
export interface SeenCall {
  readonly toolUseId: string;
  readonly input: string;
  /** Null: nobody told its end. */
  finished: 'done' | 'error' | null;
}

/** Somebody who reads a run from its beginning to its end, over as many connections as it takes. */
export class RunReader {
  readonly text = new TextByHand();
  readonly calls = new Map<string, SeenCall>();
  /** Calls of which the model was told that nobody knows their outcome. */
  readonly unknown = new Set<string>();
  readonly counts: Record<string, number> = {};
  readonly done: Promise<void>;

  constructor(client: StewardClient, runId: string) {
    this.done = this.read(client, runId);
  }

  private async read(client: StewardClient, runId: string): Promise<void> {
    const follower = client.follow(runId);
    while (this.text.ends.length === 0) {
      try {
        for await (const item of follower) this.take(item);
      } catch {
        // Everything was away for longer than the client waits; a person would come back, too.
        await delay(AGAIN_MS);
      }
    }
  }

  private take(item: RunItem): void {
    this.text.add([{ id: '', event: item.type, frame: item }]);
    this.counts[item.type] = (this.counts[item.type] ?? 0) + 1;
    if (item.type === 'tool.started') {
      const { toolUseId, input } = item.data;
      this.calls.set(toolUseId, { toolUseId, input: JSON.stringify(input), finished: null });
    }
    if (item.type === 'tool.finished') {
      const call = this.calls.get(item.data.toolUseId);
      if (call) call.finished = item.data.isError ? 'error' : 'done';
    }
    if (item.type === 'run.resumed') for (const { toolUseId } of item.data.unknownTools) this.unknown.add(toolUseId);
  }
}
