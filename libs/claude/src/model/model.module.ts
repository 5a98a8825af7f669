import { Module } from '@nestjs/common';
import { ClaudeModelService } from './claude-model.service.js';
import { BreakerModule } from '../breaker/index.js';
import { ModelBreakers } from './model-breakers.js';
import { ModelFacts } from './model-facts.js';
import { ModelLedgerStore } from './model-ledger.store.js';

@Module({
  imports: [BreakerModule],
  providers: [ModelBreakers, ModelFacts, ModelLedgerStore, ClaudeModelService],
  exports: [ModelBreakers, ModelFacts, ModelLedgerStore, ClaudeModelService],
})
export class ModelModule {}
