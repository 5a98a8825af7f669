import { answerControl, type CliProfile, controlRequests, decideTool, type ToolHooks } from '../command/index.js';
import { type AgentProcess, type StartRequest } from '../wrapper/index.js';

/** Answers what the CLI asks, by the policy of the run: nobody is there to be asked. */
export function policyAnswers(
  profile: CliProfile,
  tools: ReadonlySet<string>,
  workspace: string,
  hooks: ToolHooks | null,
): StartRequest['answer'] {
  const policy = { tools, workspace, addDirs: profile.addDirs };
  return (message, signal) =>
    answerControl(message, { decide: (question) => decideTool(question, policy), hooks }, signal);
}

/**
 * Tells the CLI its MCP servers. One that cannot be reached is no failure: the run is told by an event and goes on
 * without it, as the CLI does.
 */
export async function connectServers(agent: AgentProcess, { mcpServers }: CliProfile): Promise<void> {
  if (Object.keys(mcpServers).length > 0) await agent.request(controlRequests.mcpSetServers(mcpServers));
}
