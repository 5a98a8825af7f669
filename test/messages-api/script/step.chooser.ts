import { createHash } from 'node:crypto';
import type { MessagesRequest } from '../wire/api.types.js';
import type { Conversation } from '../request/conversation.reader.js';
import type { Fault, Script, Step } from './step.types.js';

/** How often each fault happened. The only state of a script that the requests do not carry. */
export class FaultCounters {
  private readonly seen = new Map<string, number>();

  /** Whether the fault is due once more; counts it if so. */
  take(name: string, times: number): boolean {
    if (times === Infinity) return true;
    const before = this.seen.get(name) ?? 0;
    if (before >= times) return false;
    this.seen.set(name, before + 1);
    return true;
  }

  clear(): void {
    this.seen.clear();
  }
}

export interface Choice {
  step: Step;
  /** Its place in the script, from 0. */
  index: number;
  fault?: Fault;
}

/** The step that answers this request: one for each reply that the prompt already has, then the closing one for ever. */
export function chooseStep(
  script: Script,
  conversation: Conversation,
  session: string,
  counters: FaultCounters,
): Choice {
  const index = Math.min(conversation.turns, script.steps.length);
  const step = script.steps[index] ?? script.closing;
  const scope = `${session}:${createHash('sha256').update(conversation.prompt).digest('hex')}:${index}`;
  const fault = step.faults.find((each, place) =>
    counters.take(each.key === undefined ? `${scope}:${place}` : `key:${each.key}`, each.times),
  );
  return { step, index, ...(fault === undefined ? {} : { fault }) };
}

/** The CLI's session: from its header, else from the metadata, else one for all. */
export function sessionOf(header: string | undefined, body: MessagesRequest): string {
  if (header !== undefined) return header;
  try {
    const user = JSON.parse(body.metadata?.user_id ?? '{}') as { session_id?: unknown };
    if (typeof user.session_id === 'string') return user.session_id;
  } catch {
    // Other clients put plain ids there.
  }
  return 'none';
}
