import { Injectable } from '@nestjs/common';
import { type ErrorView } from '../error/index.js';
import { ModelBreakers } from '../model/index.js';
import { type Degraded, type RunRecord } from './run.types.js';

/** Failures of the way to one model, which another model may not have. */
const OF_ONE_MODEL: ReadonlySet<string> = new Set(['model.overloaded', 'model.failed', 'model.stalled']);

/** The steps down from the CLI with the model that was asked for: `fallback_model`, `wait`. */
@Injectable()
export class DegradeLadder {
  constructor(private readonly models: ModelBreakers) {}

  /** The next step that can help. The last one is always there; after it a run begins at the top again. */
  below(run: RunRecord, error: ErrorView): Degraded {
    const at = run.degraded?.step ?? null;
    const why = error.code;
    if (at !== 'fallback_model' && this.hasOtherModel(run, error)) return { step: 'fallback_model', why };
    return { step: 'wait', why };
  }

  private hasOtherModel({ request: { model, fallbackModel } }: RunRecord, { code, details }: ErrorView): boolean {
    if (fallbackModel === undefined || fallbackModel === model) return false;
    const helps = OF_ONE_MODEL.has(code) || (code === 'breaker.open' && details['scope'] === 'model');
    return helps && this.models.refusal(fallbackModel) === null;
  }
}
