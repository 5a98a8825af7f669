import { answerControl, type CliProfile, decideTool, type PermissionPolicy, type ToolHooks } from '../command/index.js';
import { type StartRequest } from '../wrapper/index.js';

interface Served {
  readonly policy: PermissionPolicy;
  readonly hooks: ToolHooks | null;
}

/**
 * Answers what the CLI asks, by the policy of the run that its process serves now: nobody is there to be asked.
 * A process that serves none is allowed nothing.
 */
export class RunAnswers {
  private served: Served | null = null;

  serve(profile: CliProfile, tools: ReadonlySet<string>, workspace: string, hooks: ToolHooks | null): void {
    this.served = { policy: { tools, workspace, addDirs: profile.addDirs }, hooks };
  }

  rest(): void {
    this.served = null;
  }

  readonly answer: StartRequest['answer'] = (message, signal) => {
    const { served } = this;
    if (!served) return { ok: false, error: 'No run is served.' };
    const decide = (question: Parameters<typeof decideTool>[0]) => decideTool(question, served.policy);
    return answerControl(message, { decide, hooks: served.hooks }, signal);
  };
}
