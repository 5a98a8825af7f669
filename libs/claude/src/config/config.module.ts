import { Global, Module } from '@nestjs/common';
import { ClaudeConfigService } from './claude-config.service.js';
import { ConfigurableModuleClass } from './config.module-definition.js';

@Global()
@Module({ providers: [ClaudeConfigService], exports: [ClaudeConfigService] })
export class ConfigModule extends ConfigurableModuleClass {}
