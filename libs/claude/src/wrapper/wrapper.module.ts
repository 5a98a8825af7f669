import { Module } from '@nestjs/common';
import { BreakerModule } from '../breaker/index.js';
import { CommandModule } from '../command/index.js';
import { ModelModule } from '../model/index.js';
import { ClaudeWrapperService } from './claude-wrapper.service.js';
import { SandboxService } from './sandbox.service.js';

@Module({
  imports: [BreakerModule, CommandModule, ModelModule],
  providers: [SandboxService, ClaudeWrapperService],
  exports: [ClaudeWrapperService],
})
export class WrapperModule {}
