import { Type } from 'typebox';
import { anything, event, flag, orNull, text } from './event-fields.js';

const QUESTION = Type.Object(
  {
    question: text('The question; answers name it.'),
    header: text('A word for it.'),
    multiSelect: flag('Whether several options may be chosen.'),
    options: Type.Array(Type.Object({ label: text('What an answer says.'), description: text('What it means.') })),
  },
  { title: 'AgentQuestion' },
);

/** Rows of what goes between an agent and people. */
export const HUMAN_EVENTS = {
  'approval.requested': event('The agent asks a person, and waits for the answer.', {
    approvalId: text('Id of the approval; `POST /processes/:id/approvals/:approvalId` answers it.'),
    kind: text('tool (may it be used?), question (AskUserQuestion) or plan (ExitPlanMode).'),
    tool: text('Name of the tool.'),
    toolUseId: orNull(text('Id of the call.')),
    agentId: orNull(text('The subagent that asks; null in the main conversation.')),
    input: anything('What the tool would be called with; of a plan its text.'),
    questions: Type.Union([Type.Array(QUESTION), Type.Null()], { description: 'question: what is asked.' }),
    description: orNull(text('What the agent program says of the call.')),
    reason: orNull(text('Why it asks.')),
    suggestions: Type.Array(Type.Unknown(), {
      description: 'Rules that the agent program would remember; for information.',
    }),
    deadline: text('Until when an answer counts, ISO 8601 UTC.'),
    default: text('What happens then: deny, allow or stop.'),
  }),
  'approval.resolved': event('An approval was decided.', {
    approvalId: text('Id of the approval.'),
    kind: text('As it was requested.'),
    tool: text('Name of the tool.'),
    toolUseId: orNull(text('Id of the call.')),
    decision: text('allow, deny, answer, or withdrawn: the agent or its run does not wait for it any more.'),
    by: text('user, timeout or withdrawn.'),
    user: orNull(text('Who decided, where it was a person.')),
    scope: text('once, or session: the same is not asked again in this session.'),
    stop: flag('Whether the run was to end with it.'),
    message: orNull(text('deny: what the model was told.')),
    input: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
      description: 'allow: what the tool is called with instead; null: what the agent asked for.',
    }),
    answers: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
      description: 'answer: by the text of each question.',
    }),
  }),
  'input.accepted': event('Somebody said something to the running agent; what it answers belongs to the run.', {
    inputId: text('Id of the input, as `POST /processes/:id/input` answered it.'),
    text: text('What was said.'),
  }),
} as const;
