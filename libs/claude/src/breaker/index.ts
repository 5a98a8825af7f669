export { Breaker, type BreakerQuestion, type Passage } from './breaker.js';
export { BreakerModule } from './breaker.module.js';
export { type BreakerScope, type BreakerState, type BreakerTerms, type BreakerView } from './breaker.types.js';
export { ClaudeBreakerService } from './claude-breaker.service.js';
