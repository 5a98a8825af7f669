export { ClaudePressureService } from './claude-pressure.service.js';
export { hostFreeMemoryBytes } from './free-memory.js';
export { PressureModule } from './pressure.module.js';
export { type PressureStatus, type Resource } from './pressure.types.js';
