import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, vi } from 'vitest';
import { openApprovals } from '../support/approving.js';
import { Cluster } from '../support/cluster.js';
import { collect } from '../support/collect.js';
import { followUntil } from '../support/follow.js';
import { send } from '../support/http.js';
import { inAnswer, inLog, inRun } from './met.js';
import { group } from './scenario.types.js';

const LONG = '[[text n=4000 delay=50]]';
const ENV = {
  STEWARD_RUN_ATTEMPTS: '1',
  // A worker on a busy machine keeps it, until it is killed.
  STEWARD_SESSION_LEASE_MS: '5000',
  STEWARD_HOT_PROCESSES: '0',
  STEWARD_SHUTDOWN_GRACE_MS: '0',
};

/** A run that has begun to answer. */
async function running({ client }: Cluster): Promise<string> {
  const { id } = await client.submit({ prompt: LONG });
  await followUntil(client, id, ({ type }) => type === 'text.delta');
  return id;
}

async function ended({ client }: Cluster, id: string) {
  await collect(client.follow(id));
  return client.run(id);
}

/** What becomes of runs when something around them goes away: one after the other, since each takes it from all. */
export const CLUSTER_GROUP = group(
  'a Redis and workers that go away',
  () => Cluster.start(1, ENV),
  {
    'queue.unavailable': async (cluster) => {
      cluster.redis.signal('SIGSTOP');
      const body = { prompt: 'x' };
      const answer = await send(cluster.front.url, '/api/v1/claude/execute/async', { method: 'POST', body });
      cluster.redis.signal('SIGCONT');
      return inAnswer(answer);
    },
    'session.lost': async (cluster) => {
      const id = await running(cluster);
      cluster.redis.signal('SIGSTOP');
      await vi.waitFor(async () => expect(await cluster.workers[0]!.agentProcesses()).toEqual([]), { timeout: 30_000 });
      cluster.redis.signal('SIGCONT');
      return inRun(await ended(cluster, id));
    },
    'session.closed': async (cluster) => {
      const startAt = new Date(Date.now() + 1500).toISOString();
      const { id, sessionId } = await cluster.client.submit({ prompt: 'x', startAt });
      // Somebody removes what is theirs not to remove.
      const redis = new Redis(cluster.redis.url);
      await redis.del(`steward:session:${sessionId}`);
      redis.disconnect();
      return inRun(await ended(cluster, id));
    },
    'worker.lost': async (cluster) => {
      const id = await running(cluster);
      await cluster.workers[0]!.stop('SIGKILL');
      await cluster.addWorker({ STEWARD_RUN_WORKER_DEATHS: '2' });
      return inRun(await ended(cluster, id));
    },
    'run.poisoned': async (cluster) => {
      const id = await running(cluster);
      await cluster.workers[1]!.stop('SIGKILL');
      await cluster.addWorker({ STEWARD_RUN_WORKER_DEATHS: '1' });
      return inRun(await ended(cluster, id));
    },
    'worker.stopped': async (cluster) => {
      await running(cluster);
      const worker = cluster.workers[2]!;
      await worker.stop('SIGTERM');
      return inLog(worker.output(), 'worker.stopped');
    },
    'approval.expired': async (cluster) => {
      const worker = await cluster.addWorker();
      const asks = { allowedTools: ['Read'], approvals: 'ask', approvalTimeoutMs: 2000 } as const;
      const { id } = await cluster.client.submit({ prompt: '[[write a.txt | x]]', ...asks });
      const [asked] = await openApprovals(cluster.client, id);
      // Nobody is left who would see that its time is over.
      await worker.stop('SIGKILL');
      await delay(Math.max(0, Date.parse(asked!.deadline) - Date.now()) + 50);
      const path = `/api/v1/claude/processes/${id}/approvals/${asked!.id}`;
      return inAnswer(await send(cluster.front.url, path, { method: 'POST', body: { decision: 'allow' } }));
    },
  },
  true,
);
