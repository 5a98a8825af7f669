import { Module } from '@nestjs/common';
import { WrapperModule } from '../wrapper/index.js';
import { ClaudeSessionService } from './claude-session.service.js';
import { CommandCatalog } from './command-catalog.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionUsers } from './session-users.js';
import { SessionStore } from './session.store.js';

@Module({
  imports: [WrapperModule],
  providers: [SessionStore, SessionUsers, SessionFolderStore, CommandCatalog, ClaudeSessionService],
  exports: [ClaudeSessionService],
})
export class SessionModule {}
