import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { processesOf, processesWithMark } from '../support/processes.js';
import { type Arena } from './arena.js';

/** What stays without an end of its own: names and figures of callers and workers, and counters. */
const STAYS =
  /^steward:(sched:(weights|limits|time|passes|most)|runs:[^:]+:[^:]+|model:(models|payer):.*|sandbox:(uid-pool|next-uid)|clean-up|bull:runs:(meta|marker|events|id|stalled-check))$/;

/** What is left when every session is closed and every server has ended: processes, folders, keys of Redis. */
export async function leftovers(arena: Arena): Promise<string[]> {
  const marked = await processesWithMark(`${arena.dataDir}#`);
  const kept = await processesOf(`--mark ${arena.dataDir}#`);
  const folders = readdirSync(join(arena.dataDir, 'sessions'));
  return [
    ...[...new Set([...marked, ...kept])].map((pid) => `process ${pid} is left`),
    ...folders.map((name) => `folder ${name} is left`),
    ...(await keysLeft(arena)).map((key) => `key ${key} is left`),
  ];
}

/** What neither stays by its nature nor goes by itself. */
async function keysLeft({ keys }: Arena): Promise<string[]> {
  const all = await keys.keys('*');
  const lives = await Promise.all(all.map(async (key) => ({ key, ttl: await keys.pttl(key) })));
  return lives.filter(({ key, ttl }) => ttl === -1 && !STAYS.test(key)).map(({ key }) => key);
}
