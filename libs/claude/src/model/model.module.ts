import { Module } from '@nestjs/common';
import { ClaudeModelService } from './claude-model.service.js';
import { ModelFacts } from './model-facts.js';
import { ModelLedgerStore } from './model-ledger.store.js';

@Module({
  providers: [ModelFacts, ModelLedgerStore, ClaudeModelService],
  exports: [ModelFacts, ModelLedgerStore, ClaudeModelService],
})
export class ModelModule {}
