import { Module } from '@nestjs/common';
import { ClaudeCommandService } from './claude-command.service.js';

@Module({ providers: [ClaudeCommandService], exports: [ClaudeCommandService] })
export class CommandModule {}
