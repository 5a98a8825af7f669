import { Injectable, Logger } from '@nestjs/common';
import {
  type CliConversation,
  type CliProfile,
  controlRequests,
  profileKey,
  singleUseReason,
  type ToolHooks,
} from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { ClaudeWrapperService } from '../wrapper/index.js';
import { RunAnswers } from './run-answers.js';
import { type SessionFolders } from './session-folders.js';
import { WarmProcess } from './warm-process.js';

export interface StartOptions {
  /** Folder of the session, which names the process to the sweep. */
  readonly place: string;
  /** Its owner, or what it is started for beside sessions. */
  readonly who: string;
  readonly profile: CliProfile;
  readonly hooks: ToolHooks | null;
  readonly conversation: CliConversation;
  readonly folders: SessionFolders;
  readonly uid: number | null;
  readonly grownToBytes: number;
  readonly signal: AbortSignal;
}

/** Starts agent processes that can be lent. Whatever they ask is refused until they serve a run. */
@Injectable()
export class AgentStarter {
  private readonly logger = new Logger('Session');

  constructor(private readonly wrapper: ClaudeWrapperService) {}

  /** @throws ClaudeError `cli.*`; nothing is left running then */
  async start({ place, profile, hooks, conversation, folders, ...rest }: StartOptions): Promise<WarmProcess> {
    const cli = await this.wrapper.cli();
    const answers = new RunAnswers();
    const request = { sessionId: place, profile, conversation, folders, hooks, answer: answers.answer, ...rest };
    const agent = await this.wrapper.start(request);
    try {
      if (conversation.resume) await agent.readTotals();
    } catch (error) {
      await agent.stop();
      throw error;
    }
    return new WarmProcess({
      agent,
      answers,
      folders,
      key: profileKey(profile, hooks),
      // MCP servers are told with the first run. One that cannot be reached is no failure: the run goes on without it.
      profile: { permissionMode: profile.permissionMode, mcpServers: {} },
      cli,
      singleUse: singleUseReason(profile) !== null,
    });
  }

  /**
   * Has a process do before its first run what the CLI otherwise does in its first turn: it builds its prompt and its tools,
   * to count them. That is half of the turn's time until it asks the model (docs/performance.md), and leaves nothing behind.
   * A CLI that does not know the request is as good without it.
   *
   * @throws ClaudeError `cli.no_answer`, `cli.crashed`, …: nothing is left running then
   */
  async rehearse({ agent }: WarmProcess): Promise<void> {
    try {
      await this.wrapper.doorOf(agent).rehearse(() => agent.request(controlRequests.contextUsage()));
    } catch (error) {
      if (error instanceof ClaudeError && error.code === 'cli.refused') {
        this.logger.debug(error.details, 'a process refused to make itself ready before its first run');
        return;
      }
      await agent.stop('at once');
      throw error;
    }
  }
}
