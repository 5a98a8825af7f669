import { Module } from '@nestjs/common';
import { ClaudeStreamService } from './claude-stream.service.js';
import { LogTailer } from './log-tailer.js';
import { RunIndexStore } from './run-index.store.js';
import { RunLogStore } from './run-log.store.js';

@Module({
  providers: [RunLogStore, RunIndexStore, LogTailer, ClaudeStreamService],
  exports: [ClaudeStreamService, RunLogStore],
})
export class StreamModule {}
