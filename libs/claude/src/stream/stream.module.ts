import { Module } from '@nestjs/common';
import { ClaudeStreamService } from './claude-stream.service.js';
import { LogTailer } from './log-tailer.js';
import { RunLogStore } from './run-log.store.js';

@Module({ providers: [RunLogStore, LogTailer, ClaudeStreamService], exports: [ClaudeStreamService, RunLogStore] })
export class StreamModule {}
