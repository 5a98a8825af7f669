import { seeded } from '../support/random.js';
import { Approver } from './approver.js';
import { Arena } from './arena.js';
import { type ChaosOptions } from './chaos.options.js';
import { Evidence } from './evidence.js';
import { effectsIn, effectsProof } from './effects.proof.js';
import { type LedgerReport, ledgerProof } from './ledger.proof.js';
import { endAll } from './end.js';
import { Load } from './load.js';
import { readersProof } from './readers.proof.js';
import { recallProof } from './recall.proof.js';
import { type Ended, type Trial } from './trial.types.js';
import { settles } from './settling.js';
import { Trouble } from './trouble.js';
import { wallsProof } from './walls.proof.js';

export interface ChaosReport {
  readonly options: ChaosOptions;
  readonly seconds: number;
  readonly struck: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly ended: readonly Ended[];
  readonly ledger: LedgerReport | null;
  /** What is not as it should be; empty when all is. */
  readonly faults: readonly string[];
  /** Where the logs of all servers, and what is known of faulty runs, are then; null when all is well. */
  readonly logs: string | null;
}

/** A bad day: load, trouble, and then the proof that it did no harm. */
export async function runChaos(options: ChaosOptions, say: (line: string) => void): Promise<ChaosReport> {
  const began = performance.now();
  await using arena = await Arena.start(options);
  const load = new Load(arena, options.lanes, options.seed);
  const approver = new Approver(arena.client(), seeded(options.seed + 17));
  const trouble = new Trouble(arena, load, options, say);
  await trouble.rage();
  say(`calm; ${load.open.length} runs are open`);
  const faults: string[] = [];
  if (!(await settles(load.stop()))) faults.push(`${load.open.length} runs did not come to their end`);
  await approver.stop();
  const ended = await Promise.all(
    load.trials.map(async (trial) => ({ trial, run: await arena.client().run(trial.id) })),
  );
  const evidence = new Evidence(arena);
  const all = new Map(ended.map((one) => [one.trial.id, one]));
  for (const one of ended) {
    const found = await proofsOf(arena, one, all);
    if (found.length > 0) await evidence.keep(one);
    faults.push(...found);
  }
  faults.push(...(await unheardOf(arena, load.trials)));
  const ledger = await ledgerProof(arena);
  faults.push(...ledger.faults, ...wallsProof(arena), ...(await endAll(arena, ended)));
  const seconds = Math.round((performance.now() - began) / 1000);
  const logs = faults.length > 0 ? evidence.keepLogs() : null;
  return { options, seconds, struck: trouble.struck, refusals: load.refusals, ended, ledger, faults, logs };
}

async function proofsOf(arena: Arena, one: Ended, all: ReadonlyMap<string, Ended>): Promise<string[]> {
  const { trial, run } = one;
  const asked = trial.wanted.asks ? await arena.client().approvals(run.id) : [];
  const lines = trial.wanted.lines.length > 0 ? await effectsIn(await arena.workspaceOf(trial.sessionId)) : [];
  const found =
    run.endedAt === null
      ? [`did not end: ${run.state}, waits for ${run.waitingFor}, attempt ${run.attempts}`]
      : [...(await readersProof(trial, run, arena.url)), ...recallProof(one, all)];
  return [...found, ...effectsProof(one, lines, asked)].map((fault) => `${trial.kind} ${run.id}: ${fault}`);
}

/** Runs of the server that no caller was told of. */
async function unheardOf(arena: Arena, trials: readonly Trial[]): Promise<string[]> {
  const known = new Set(trials.map(({ id }) => id));
  const faults: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await arena.client().runs({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    for (const { id, state } of page.data) if (!known.has(id)) faults.push(`run ${id} (${state}) was accepted twice`);
    if (page.nextCursor === null) return faults;
    cursor = page.nextCursor;
  }
}
