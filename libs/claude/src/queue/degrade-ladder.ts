import { Injectable } from '@nestjs/common';
import { ClaudeConfigService } from '../config/index.js';
import { type ErrorView } from '../error/index.js';
import { ModelBreakers } from '../model/index.js';
import { ownerName } from '../session/index.js';
import { type Degraded, type RunRecord, type RunRequest } from './run.types.js';

/** Failures of the way to one model, which another model may not have. */
const OF_ONE_MODEL: ReadonlySet<string> = new Set(['model.overloaded', 'model.failed', 'model.stalled']);

/** Failures that the Messages API has with the same credential. */
const OF_THE_CREDENTIAL: ReadonlySet<string> = new Set(['auth.failed', 'model.billing']);
/** An alias is the CLI's: the Messages API wants the name itself. */
const NAME = /^claude-/;

/** The steps down from the CLI with the model that was asked for: `fallback_model`, `api`, `wait`. */
@Injectable()
export class DegradeLadder {
  constructor(
    private readonly models: ModelBreakers,
    private readonly config: ClaudeConfigService,
  ) {}

  /** The next step that can help. The last one is always there; after it a run begins at the top again. */
  below(run: RunRecord, error: ErrorView): Degraded {
    const at = run.degraded?.step ?? 'wait';
    const why = error.code;
    if (at === 'wait' && this.hasOtherModel(run, error)) return { step: 'fallback_model', why };
    if (at !== 'api' && this.mayAskApi(run, error)) return { step: 'api', why };
    return { step: 'wait', why };
  }

  /** The model that the Messages API is asked, by its name. */
  apiModel({ model, fallbackModel }: RunRequest): string {
    const asked = fallbackModel ?? model ?? this.config.options.defaultModel;
    const name = this.models.nameOf(asked);
    return NAME.test(name) ? name : this.config.options.apiFallbackModel;
  }

  private hasOtherModel(
    { owner, request: { model, fallbackModel } }: RunRecord,
    { code, details }: ErrorView,
  ): boolean {
    if (fallbackModel === undefined || fallbackModel === model) return false;
    const helps = OF_ONE_MODEL.has(code) || (code === 'breaker.open' && details['scope'] === 'model');
    return helps && this.models.refusal(fallbackModel, ownerName(owner)) === null;
  }

  private mayAskApi({ owner, request }: RunRecord, { code, details }: ErrorView): boolean {
    const { fallback, prompt, outputSchema } = request;
    if (fallback !== 'api' || prompt === undefined || outputSchema !== undefined) return false;
    if (OF_THE_CREDENTIAL.has(code) || details['scope'] === 'credential') return false;
    return this.models.refusal(this.apiModel(request), ownerName(owner)) === null;
  }
}
