import { isDeepStrictEqual } from 'node:util';
import {
  answerControl,
  boundTool,
  type CliProfile,
  decideBefore,
  decideTool,
  isListed,
  type PermissionPolicy,
  PLAN_TOOL,
  QUESTION_TOOL,
  type ToolDecision,
  type ToolHooks,
  type ToolQuestion,
} from '../command/index.js';
import { type StartRequest } from '../wrapper/index.js';
import { type People } from './session-lender.types.js';

interface Served {
  policy: PermissionPolicy;
  readonly hooks: ToolHooks | null;
  readonly people: People | null;
}

/**
 * Answers what the CLI asks, by the policy of the run that its process serves now, and by people where the run has any.
 * A process that serves none is allowed nothing.
 */
export class RunAnswers {
  private served: Served | null = null;
  private leftMode = false;

  serve(
    profile: CliProfile,
    tools: ReadonlySet<string>,
    workspace: string,
    hooks: ToolHooks | null,
    people: People | null,
  ): void {
    this.leftMode = false;
    this.served = { policy: { tools, workspace, addDirs: profile.addDirs }, hooks, people };
  }

  rest(): void {
    this.served = null;
  }

  /** Whether the CLI may be in another permission mode than it was told. */
  get hasLeftMode(): boolean {
    return this.leftMode;
  }

  readonly answer: StartRequest['answer'] = (message, signal) => {
    const { served } = this;
    if (!served) return { ok: false, error: 'No run is served.' };
    const decide = (question: ToolQuestion) => this.decide(question, served, signal);
    return answerControl(message, { decide, hooks: served.hooks }, signal);
  };

  private async decide(question: ToolQuestion, served: Served, signal: AbortSignal): Promise<ToolDecision> {
    const decided = await this.decideOrAsk(question, served, signal);
    if (question.toolName === PLAN_TOOL && decided.behavior === 'allow') {
      this.leftMode = true;
      if (served.people) served.policy = { ...served.policy, tools: served.people.toolsAfterPlan };
    }
    return decided;
  }

  private async decideOrAsk(question: ToolQuestion, served: Served, signal: AbortSignal): Promise<ToolDecision> {
    const { policy, people } = served;
    // Nobody but a person can answer a question, whatever is listed.
    const listed = isListed(question, policy) && question.toolName !== QUESTION_TOOL;
    if (!people || listed) return decideTool(question, policy);
    const bound = boundTool(question, policy);
    if (bound.behavior === 'deny') return bound;
    const decided = await people.ask(question, signal);
    return decided.behavior === 'allow' ? this.changed(question, decided.updatedInput, served, signal) : decided;
  }

  /** A person may change the input, but neither where a file tool may act nor what the operator lets pass. */
  private async changed(
    question: ToolQuestion,
    given: ToolQuestion['input'],
    { policy, hooks }: Served,
    signal: AbortSignal,
  ): Promise<ToolDecision> {
    const isNew = question.toolName !== QUESTION_TOOL && !isDeepStrictEqual(given, question.input);
    if (!isNew || !hooks) return boundTool({ ...question, input: given }, policy);
    // The CLI does not ask its hooks again.
    const { toolName, toolUseId = null, agentId = null } = question;
    const before = await decideBefore({ toolName, toolUseId, agentId, input: given }, hooks, signal);
    if (before.decision === 'deny') return { behavior: 'deny', message: before.reason };
    return boundTool({ ...question, input: before.input ?? given }, policy);
  }
}
