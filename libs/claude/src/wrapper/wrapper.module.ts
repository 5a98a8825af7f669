import { Module } from '@nestjs/common';
import { CommandModule } from '../command/index.js';
import { ClaudeWrapperService } from './claude-wrapper.service.js';

@Module({ imports: [CommandModule], providers: [ClaudeWrapperService], exports: [ClaudeWrapperService] })
export class WrapperModule {}
