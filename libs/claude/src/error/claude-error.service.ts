import { Injectable } from '@nestjs/common';
import { type ClaudeError, type ErrorView } from './claude.error.js';
import { claudeErrorOf } from './claude-error-of.js';
import { type Classified, classifyFailedResult, type FailedResult } from './classify-end.js';

/** Turns whatever was thrown or reported into a row of the table. */
@Injectable()
export class ClaudeErrorService {
  /** Any thrown value as a ClaudeError; what is not one of ours is masked as `internal.error` with its cause kept. */
  normalize(thrown: unknown): ClaudeError {
    return claudeErrorOf(thrown);
  }

  view(thrown: unknown): ErrorView {
    return this.normalize(thrown).toView();
  }

  classify(facts: FailedResult): Classified {
    return classifyFailedResult(facts);
  }
}
