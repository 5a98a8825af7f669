import { setTimeout as delay } from 'node:timers/promises';
import { type Arena } from './arena.js';
import { leftovers } from './leftovers.proof.js';
import { settles } from './settling.js';
import { type Ended } from './trial.types.js';

const LOOK_MS = 500;

/** Closes every session, ends every server in order, and looks what is left. */
export async function endAll(arena: Arena, ended: readonly Ended[]): Promise<string[]> {
  const faults: string[] = [];
  for (const id of new Set(ended.map(({ trial }) => trial.sessionId))) {
    const why = await arena
      .client()
      .closeSession(id)
      .then(
        () => null,
        (error: Error & { code?: string }) => error.code ?? error.message,
      );
    // One that was to go with its run is gone.
    if (why !== null && why !== 'session.not_found') faults.push(`session ${id} could not be closed: ${why}`);
  }
  if (!(await settles(whenTidied(arena)))) faults.push('what killed servers left was not removed');
  faults.push(...(await arena.stop()));
  return [...faults, ...(await leftovers(arena))];
}

/** What killed servers left is removed by others, when those have been silent for a while. */
async function whenTidied({ keys, workers }: Arena): Promise<void> {
  for (; ; await delay(LOOK_MS)) {
    if ((await keys.zcard('steward:sched:workers')) > workers.length) continue;
    // Sessions that were made for runs which nobody came to accept, and those that go with their runs.
    if ((await keys.zcard('steward:sessions-by-use')) > 0) continue;
    const spares = await keys.smembers('steward:spares');
    const owners = await Promise.all(spares.map((place) => keys.hget(`steward:spare:${place}`, 'worker')));
    const alive = await Promise.all(owners.map((worker) => keys.exists(`steward:spare-owner:${worker}`)));
    if (alive.every((isAlive) => isAlive === 1)) return;
  }
}
