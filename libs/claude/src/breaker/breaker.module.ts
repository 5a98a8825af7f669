import { Module } from '@nestjs/common';
import { ClaudeBreakerService } from './claude-breaker.service.js';

@Module({ providers: [ClaudeBreakerService], exports: [ClaudeBreakerService] })
export class BreakerModule {}
