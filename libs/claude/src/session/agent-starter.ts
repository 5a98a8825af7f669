import { Injectable } from '@nestjs/common';
import {
  type CliConversation,
  type CliProfile,
  profileKey,
  singleUseReason,
  type ToolHooks,
} from '../command/index.js';
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
}
