import { Global, Module } from '@nestjs/common';
import { ClaudeErrorService } from './claude-error.service.js';

@Global()
@Module({ providers: [ClaudeErrorService], exports: [ClaudeErrorService] })
export class ErrorModule {}
