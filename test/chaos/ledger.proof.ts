import { type Usage } from '@steward/client';
import { type JournalEntry } from '../messages-api/index.js';
import { type Arena } from './arena.js';

const KINDS: Readonly<Record<keyof Usage, keyof JournalEntry['usage']>> = {
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  cacheReadInputTokens: 'cache_read_input_tokens',
  cacheCreationInputTokens: 'cache_creation_input_tokens',
};
/** What was on its way to a worker when that was killed is read by nobody; neither is what it could not book yet. */
const MARGIN_MS = 1500;

export interface LedgerReport {
  readonly served: Readonly<Record<string, number>>;
  readonly booked: Readonly<Record<string, number>>;
  /** Requests that were under way at the moment in which a worker was killed. */
  readonly torn: number;
  readonly faults: readonly string[];
}

/**
 * Compares what the scripted provider declared on the wire with what the caller's account says. Nothing is booked that was
 * not served; what was served and is not booked was on the wire to a worker in the moment of its death, or waited in it
 * for a Redis that was away.
 */
export async function ledgerProof(arena: Arena): Promise<LedgerReport> {
  const { month } = await arena.client().usage();
  const entries = arena.model.journal.filter(({ method, path }) => method === 'POST' && path === '/v1/messages');
  const torn = entries.filter((entry) => wasTorn(arena, entry));
  const faults: string[] = [];
  const served: Record<string, number> = {};
  for (const [ours, theirs] of Object.entries(KINDS) as [keyof Usage, keyof JournalEntry['usage']][]) {
    served[ours] = arena.model.served().usage[theirs];
    const missing = served[ours] - month.usage[ours];
    const explained = torn.reduce((sum, { usage }) => sum + usage[theirs], 0);
    if (missing < 0) faults.push(`ledger: ${-missing} ${ours} more than were served`);
    if (missing > explained) faults.push(`ledger: ${missing} ${ours} are missing, ${explained} of them may be torn`);
  }
  return { served, booked: { ...month.usage }, torn: torn.length, faults };
}

function wasTorn({ workers, outages }: Arena, { at, endedAt }: JournalEntry): boolean {
  const [from, to] = [Date.parse(at), endedAt === undefined ? Infinity : Date.parse(endedAt)];
  const deaths = workers.flatMap(({ absences }) => absences.filter(({ killed }) => killed));
  return deaths.some(({ from: death }) => {
    // What cannot be booked waits in the memory of its worker until Redis is back.
    const outage = outages.find((away) => away.from <= death && death <= away.to + MARGIN_MS);
    return from <= death && to >= (outage?.from ?? death) - MARGIN_MS;
  });
}
