import { Injectable } from '@nestjs/common';
import { historyOf, type ApiMessage, userLine } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeModelService, ModelFacts } from '../model/index.js';
import {
  ClaudeSessionService,
  type ForeignAnswer,
  SessionAnswersStore,
  type SessionRecord,
  type TranscriptMessage,
} from '../session/index.js';
import { ApiAttempt } from './api-attempt.js';
import { AttachmentStore } from './attachment.store.js';
import { DegradeLadder } from './degrade-ladder.js';
import { type Work } from './run-attempts.types.js';
import { RunBudgets } from './run-budgets.js';
import { RunOutages } from './run-outages.js';
import { type RunOutcome } from './run-outcome.js';
import { type AttemptWatch } from './attempt-watch.js';
import { type Claim } from './run.store.js';
import { type RunRecord } from './run.types.js';

/** Of a conversation, what goes along: about 100,000 tokens. */
const HISTORY_CHARACTERS = 400_000;
const PAGE = 500;
/** What every model may answer with at once. */
const MAX_TOKENS = 8192;

const ROLE =
  'You answer in the place of a coding agent that cannot be reached now. You have its conversation, and no tools: you cannot read, run or change anything. Answer what you can; where the request needs tools, say what is missing.';
const GO_ON = '[Steward] The work on this was interrupted. Answer now, without tools.';

interface Conversation {
  readonly history: readonly ApiMessage[];
  readonly line: string;
  /** Whether the CLI has heard the prompt. */
  readonly isKnown: boolean;
}

/** Lets the Messages API answer a run: the step of the ladder below the CLI. */
@Injectable()
export class ApiAttempts {
  constructor(
    private readonly models: ClaudeModelService,
    private readonly facts: ModelFacts,
    private readonly sessions: ClaudeSessionService,
    private readonly answers: SessionAnswersStore,
    private readonly attachments: AttachmentStore,
    private readonly budgets: RunBudgets,
    private readonly ladder: DegradeLadder,
    private readonly outages: RunOutages,
    private readonly config: ClaudeConfigService,
  ) {}

  async carry(
    { run, attempt }: Claim,
    session: SessionRecord | null,
    { writer, stop }: Work,
    watch: AttemptWatch,
  ): Promise<RunOutcome> {
    const { history, line, isKnown } = await this.conversation(run, session);
    const outcome = await new ApiAttempt({
      run,
      attempt,
      writer,
      stop,
      watch,
      history,
      line,
      door: this.models.open(),
      model: this.ladder.apiModel(run.request),
      system: [run.request.systemPrompt, ROLE, run.request.appendSystemPrompt].filter(Boolean).join('\n\n'),
      limits: this.budgets.limits(run.request, run.owner),
      facts: this.facts,
      breakers: this.outages.changes(run),
      maxTokens: MAX_TOKENS,
      timeoutMs: this.config.options.apiTimeoutMs,
    }).carry();
    if (outcome.state !== 'completed' || !outcome.result) return outcome;
    // Before the run ends: who comes next has to know.
    await this.answers.add(run.sessionId, {
      runId: run.id,
      prompt: run.request.prompt ?? '',
      heard: isKnown,
      answer: outcome.result.text,
    });
    return { ...outcome, result: { ...outcome.result, withoutTools: true } };
  }

  /** What the CLI knows, then what it does not know yet, then the prompt, unless the CLI has heard it already. */
  private async conversation(run: RunRecord, session: SessionRecord | null): Promise<Conversation> {
    const past = session ? await this.past(session) : [];
    if (past.some(({ id }) => id === run.id))
      return { history: historyOf(past, HISTORY_CHARACTERS), line: userLine(GO_ON, run.id), isKnown: true };
    const foreign = await this.answers.list(run.sessionId);
    const history = historyOf([...past, ...foreign.flatMap(asMessages)], HISTORY_CHARACTERS);
    const blocks = await this.attachments.blocks(run.id, run.request);
    return { history, line: userLine(run.request.prompt ?? '', run.id, blocks), isKnown: false };
  }

  private async past(session: SessionRecord): Promise<TranscriptMessage[]> {
    const all: TranscriptMessage[] = [];
    for (let cursor: string | undefined; ;) {
      const { data, nextCursor } = await this.sessions.messages(session, PAGE, cursor);
      all.push(...data);
      if (nextCursor === null) return all;
      cursor = nextCursor;
    }
  }
}

const asMessages = ({ prompt, heard, answer }: ForeignAnswer) => [
  ...(heard ? [] : [{ role: 'user' as const, synthetic: false, content: [{ type: 'text', text: prompt }] }]),
  { role: 'assistant' as const, synthetic: false, content: [{ type: 'text', text: answer }] },
];
