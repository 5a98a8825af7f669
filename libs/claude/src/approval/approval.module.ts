import { Module } from '@nestjs/common';
import { SessionModule } from '../session/index.js';
import { ApprovalBus } from './approval-bus.js';
import { ApprovalStore } from './approval.store.js';
import { ClaudeApprovalService } from './claude-approval.service.js';

@Module({
  imports: [SessionModule],
  providers: [ApprovalStore, ApprovalBus, ClaudeApprovalService],
  exports: [ClaudeApprovalService],
})
export class ApprovalModule {}
