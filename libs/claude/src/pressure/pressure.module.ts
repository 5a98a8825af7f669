import { Global, Module } from '@nestjs/common';
import { ClaudePressureService } from './claude-pressure.service.js';

@Global()
@Module({ providers: [ClaudePressureService], exports: [ClaudePressureService] })
export class PressureModule {}
