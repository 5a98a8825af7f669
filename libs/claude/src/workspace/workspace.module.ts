import { Module } from '@nestjs/common';
import { ClaudeWorkspaceService } from './claude-workspace.service.js';

@Module({ providers: [ClaudeWorkspaceService], exports: [ClaudeWorkspaceService] })
export class WorkspaceModule {}
