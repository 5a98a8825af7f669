import { Module } from '@nestjs/common';
import { ModelModule } from '../model/index.js';
import { WrapperModule } from '../wrapper/index.js';
import { ClaudeSessionService } from './claude-session.service.js';
import { CommandCatalog } from './command-catalog.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionUsers } from './session-users.js';
import { SessionStore } from './session.store.js';

@Module({
  imports: [ModelModule, WrapperModule],
  providers: [SessionStore, SessionUsers, SessionFolderStore, CommandCatalog, ClaudeSessionService],
  exports: [ClaudeSessionService],
})
export class SessionModule {}
