import { ConfigurableModuleBuilder } from '@nestjs/common';
import { type ClaudeOptions } from './claude.settings.js';

export const CLAUDE_OPTIONS = Symbol('CLAUDE_OPTIONS');

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<ClaudeOptions>({
  optionsInjectionToken: CLAUDE_OPTIONS,
})
  .setClassMethodName('forRoot')
  .build();
