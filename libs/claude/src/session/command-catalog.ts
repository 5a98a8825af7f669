import { chown, mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { removeTree } from '@steward/host';
import { v4 as randomUuid } from 'uuid';
import { ClaudeCacheService } from '../cache/index.js';
import { BARE_PROFILE, initializeAnswer, type SlashCommand } from '../command/index.js';
import { ClaudeConfigService } from '../config/index.js';
import { ClaudeWrapperService, openWay } from '../wrapper/index.js';
import { SessionUsers } from './session-users.js';

const TTL_MS = 3_600_000;

/**
 * Which slash commands and skills the CLI offers. Without settings of a workspace that depends on its version alone,
 * so that one process tells it for all sessions; it gets no prompt and no credential is used.
 */
@Injectable()
export class CommandCatalog {
  constructor(
    private readonly wrapper: ClaudeWrapperService,
    private readonly cache: ClaudeCacheService,
    private readonly config: ClaudeConfigService,
    private readonly users: SessionUsers,
  ) {}

  async list(): Promise<readonly SlashCommand[]> {
    const { version } = await this.wrapper.cli();
    return this.cache.once(`commands:${version}`, TTL_MS, () => this.ask());
  }

  private async ask(): Promise<readonly SlashCommand[]> {
    const root = await mkdtemp(join(this.config.folder('probe'), 'commands-'));
    const [workspace, home, config, tmp] = ['workspace', 'home', 'config', 'tmp'].map((name) => join(root, name));
    const folders = { workspace: workspace!, home: home!, config: config!, tmp: tmp! };
    try {
      const { ownUser } = await this.wrapper.plan();
      const uid = ownUser ? await this.users.nobody() : null;
      if (uid !== null) openWay(this.config.dataDir, this.config.folder('probe'), root);
      for (const path of Object.values(folders)) {
        await mkdir(path, { mode: 0o700 });
        if (uid !== null) await chown(path, uid, uid);
      }
      const agent = await this.wrapper.start({
        sessionId: `commands-${randomUuid()}`,
        who: 'commands',
        profile: BARE_PROFILE,
        conversation: { cliSessionId: randomUuid(), resume: false },
        folders,
        uid,
        grownToBytes: 0,
        answer: () => ({ ok: false, error: 'nothing is decided here' }),
        hooks: null,
        signal: new AbortController().signal,
      });
      try {
        return initializeAnswer(agent.initialized).commands;
      } finally {
        await agent.stop('at once');
      }
    } finally {
      await removeTree(root);
    }
  }
}
