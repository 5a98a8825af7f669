import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { ClaudeConfigService } from '../config/index.js';

/** What was asked and answered in a session without its CLI, which does not know of it yet. */
export interface ForeignAnswer {
  readonly runId: string;
  readonly prompt: string;
  /** Whether the conversation of the CLI has the prompt already. */
  readonly heard: boolean;
  readonly answer: string;
}

/** Characters of each text that the CLI is told later. */
const MAX_CHARACTERS = 20_000;
/** Answers of one session that it is told of; the oldest are dropped. */
const MAX_ANSWERS = 20;

export const sessionAnswersKey = (sessionId: string): string => `steward:session-answers:${sessionId}`;
const shortened = (text: string): string =>
  text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)} …`;

/** Answers that the Messages API gave in a session; its next prompt tells the CLI of them. */
@Injectable()
export class SessionAnswersStore {
  constructor(
    private readonly redis: RedisConnections,
    private readonly config: ClaudeConfigService,
  ) {}

  /** Repeatable. */
  async add(sessionId: string, { runId, prompt, heard, answer }: ForeignAnswer): Promise<void> {
    const told = JSON.stringify({ runId, prompt: shortened(prompt), heard, answer: shortened(answer) });
    const { patient } = this.redis;
    await patient.hset(sessionAnswersKey(sessionId), runId, told);
    await patient.pexpire(sessionAnswersKey(sessionId), this.config.options.sessionRetentionMs);
    const known = await this.list(sessionId);
    await this.remove(sessionId, known.slice(0, -MAX_ANSWERS));
  }

  /** Oldest first: ids of runs are in the order of time. */
  async list(sessionId: string): Promise<ForeignAnswer[]> {
    const known = await this.redis.patient.hgetall(sessionAnswersKey(sessionId));
    return Object.keys(known)
      .toSorted()
      .map((runId) => JSON.parse(known[runId]!) as ForeignAnswer);
  }

  async remove(sessionId: string, answers: readonly Pick<ForeignAnswer, 'runId'>[]): Promise<void> {
    if (answers.length === 0) return;
    await this.redis.patient.hdel(sessionAnswersKey(sessionId), ...answers.map(({ runId }) => runId));
  }

  /** All of one session are another's, too: a branch of it. What becomes of that session later is the caller's to see to. */
  async copy(from: string, to: string): Promise<void> {
    for (const answer of await this.list(from)) await this.add(to, answer);
  }

  async forget(sessionId: string): Promise<void> {
    await this.redis.commands.del(sessionAnswersKey(sessionId));
  }
}
