export { ClaudeModelService, type ModelStatus } from './claude-model.service.js';
export { ModelDoor } from './door.js';
export {
  DAY_KEPT_MS,
  endOf,
  holdKey,
  MONTH_KEPT_MS,
  type Payer,
  payerLedgerKey,
  type Period,
  periodOf,
} from './ledger-keys.js';
export { RESERVE_LUA } from './ledger-scripts.js';
export { type LedgerTotals, type ModelTotals, type PayerTotals, type RunTotals } from './ledger-totals.js';
export { type ModelFact, type ModelTrouble, type RateLimit } from './model-fact.types.js';
export { ModelBreakers } from './model-breakers.js';
export { ModelFacts } from './model-facts.js';
export { type Account, type Balance, type BudgetScope, type Entry, ModelLedgerStore } from './model-ledger.store.js';
export { ModelModule } from './model.module.js';
export { unitsOf, usdOf } from './money.js';
export { PriceTable } from './price-table.js';
export { RECORDING_VERSION } from './recorder.js';
export { type ModelObserver, type ServingOrder, type UsageSoFar } from './serving.types.js';
export { type Limit, limitOf, NO_LIMIT, type SpendingLimits, spendingLimits } from './spending-limits.js';
export {
  type DaySpending,
  daySpending,
  type ModelSpending,
  sessionSpending,
  type SessionSpending,
  type Spending,
  spendingOf,
  type SpendingPart,
} from './spending.js';
export { NO_TOKENS } from './token-figures.js';
