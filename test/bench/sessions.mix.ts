import { type MessagesApi } from '../messages-api/index.js';
import { seeded } from '../support/random.js';
import { ServerProcess } from '../support/server.process.js';
import { lentAs } from '../support/warm.js';
import { firstOverSse } from './first-delta.js';
import { type Measure, quantile } from './statistics.js';

const SESSIONS = 24;
const RUNS = 150;
/** One run in so many begins a session. */
const NEW_EVERY = 6;
const PROFILES = [{}, { appendSystemPrompt: 'Be short.' }, { model: 'claude-haiku-4-5' }] as const;
const POOL = { STEWARD_HOT_PROCESSES: '8', STEWARD_SPARE_PROCESSES: '2' };

/** The first is asked for most, the second half as often, the third a third as often … */
function zipf(count: number, random: () => number): number {
  const weights = Array.from({ length: count }, (_unused, index) => 1 / (index + 1));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return weights.findIndex((weight) => (left -= weight) <= 0);
}

/** Many sessions of several profiles, few processes: how often one waits, and how long a first delta takes. */
export async function mixBench(api: MessagesApi): Promise<Measure[]> {
  await using server = await ServerProcess.start({ spares: true, modelUrl: api.url, env: POOL });
  const random = seeded(7);
  const first = firstOverSse(server.client());
  const ids: string[] = [];
  while (ids.length < SESSIONS) ids.push((await server.client().createSession()).id);
  const times: number[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    const which = zipf(SESSIONS, random);
    const profile = PROFILES[index % NEW_EVERY === 0 ? zipf(PROFILES.length, random) : which % PROFILES.length]!;
    const session = index % NEW_EVERY === 0 ? {} : { sessionId: ids[which]! };
    times.push((await first({ prompt: '[[say hello]]', ...profile, ...session })).firstMs);
    // Users think.
    await new Promise((done) => setTimeout(done, 120));
  }
  const lent = await lentAs(server);
  const told = (what: string, steward: number, unit: string): Measure => ({
    what: `mix: ${what}`,
    bare: Number.NaN,
    steward,
    unit,
    bar: null,
  });
  return [
    ...(['hot', 'spare', 'resumed', 'new'] as const).map((how) => told(how, (100 * (lent[how] ?? 0)) / RUNS, '%')),
    ...([0.5, 0.95, 0.99] as const).map((part) => told(`first delta, p${part * 100}`, quantile(times, part), 'ms')),
  ];
}
