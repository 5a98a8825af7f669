import { Module } from '@nestjs/common';
import { WrapperModule } from '../wrapper/index.js';
import { ClaudeSessionService } from './claude-session.service.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionStore } from './session.store.js';

@Module({
  imports: [WrapperModule],
  providers: [SessionStore, SessionFolderStore, ClaudeSessionService],
  exports: [ClaudeSessionService],
})
export class SessionModule {}
