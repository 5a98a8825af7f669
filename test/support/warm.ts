import { type ServerProcess } from './server.process.js';

type Figures = Readonly<Record<string, readonly { labels: Record<string, string>; value: number }[]>>;

/** Figures of a metric by one of its labels. */
async function byLabel(server: ServerProcess, metric: string, label: string): Promise<Record<string, number>> {
  const response = await fetch(`${server.url}/api/v1/claude/metrics`);
  const figures = (await response.json()) as Figures;
  return Object.fromEntries((figures[metric] ?? []).map(({ labels, value }) => [labels[label] ?? '', value]));
}

/** Agent processes that wait. */
export async function agentCounts(server: ServerProcess): Promise<{ hot: number; spare: number }> {
  const found = await byLabel(server, 'steward_warm_processes', 'temperature');
  return { hot: found['hot'] ?? 0, spare: found['spare'] ?? 0 };
}

/** How many runs got their process how. */
export const lentAs = (server: ServerProcess): Promise<Record<string, number>> =>
  byLabel(server, 'steward_agent_processes_lent_total', 'how');

/** What spare processes have counted to make themselves ready. */
export async function rehearsals(server: ServerProcess): Promise<number> {
  return (await byLabel(server, 'steward_model_rehearsals_total', ''))[''] ?? 0;
}

/** How a run got its process. */
export async function startedAs(server: ServerProcess, runId: string): Promise<string | undefined> {
  const { data } = await server.client().history(runId);
  const started = data.find(({ type }) => type === 'run.started')?.data as { process?: string } | undefined;
  return started?.process;
}
