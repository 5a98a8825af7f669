import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type BreakerQuestion, ClaudeBreakerService, type Passage } from '../breaker/index.js';
import { ClaudeConfigService, type ModelCredential } from '../config/index.js';
import { ClaudeError, type ErrorCode } from '../error/index.js';
import { type ModelFact, type ModelTrouble } from './model-fact.types.js';

/** Names that runs ask for, of which is remembered what the CLI makes of them. */
const MAX_NAMES = 200;

/** What is the provider's trouble, and not that of a request or a credential. */
const OF_THE_PROVIDER: Partial<Record<ModelTrouble, ErrorCode>> = {
  overloaded: 'model.overloaded',
  failed: 'model.failed',
  unreachable: 'model.unreachable',
  broken: 'model.unreachable',
  stalled: 'model.stalled',
};
const OF_THE_CREDENTIAL: Readonly<Record<number, ErrorCode>> = { 401: 'auth.failed', 402: 'model.billing' };

/** The ways to the model that are shut since they failed too often: each model's, and each credential's. */
@Injectable()
export class ModelBreakers {
  /** What a run asked for → what was asked of the provider. */
  private readonly names = new Map<string, string>();
  /** Every request asks for the same ones, which are never changed but replaced. */
  private readonly marks = new WeakMap<ModelCredential, string>();

  constructor(
    private readonly breakers: ClaudeBreakerService,
    private readonly config: ClaudeConfigService,
  ) {}

  /** The name of a model as the provider knows it, for one that a run asks for; as it stands where nobody asked yet. */
  nameOf(asked: string | null): string {
    return this.names.get(asked ?? '') ?? asked ?? '';
  }

  /** What the CLI made of what a run asked for. */
  learn(asked: string | null, name: string): void {
    if (this.names.size < MAX_NAMES || this.names.has(asked ?? '')) this.names.set(asked ?? '', name);
  }

  /** Why a run of this user that asks for this model need not begin now; null: it may. */
  refusal(asked: string | null, who: string, question?: BreakerQuestion): ClaudeError | null {
    return this.refused(this.nameOf(asked), this.config.credentials.value, who, question);
  }

  /** When this model last answered anybody (epoch ms); null: not yet. */
  servedAtMs(asked: string | null): number | null {
    return this.breakers.of('model', this.nameOf(asked)).servedAtMs;
  }

  /** Begins a request; a refusal where it may not. */
  enter(model: string, credential: ModelCredential, who: string): ModelPassage | ClaudeError {
    const refused = this.refused(model, credential, who);
    if (refused) return refused;
    const [mine, theirs] = [this.ofCredential(credential).enter(who), this.breakers.of('model', model).enter(who)];
    if (mine instanceof ClaudeError) return mine;
    if (theirs instanceof ClaudeError) {
      mine.left();
      return theirs;
    }
    return new ModelPassage(theirs, mine);
  }

  /** The provider told no status, but the CLI knows it: there is no credit left. */
  noteBilling(who: string): void {
    const credential = this.config.credentials.value;
    const passage = credential && this.ofCredential(credential).enter(who);
    if (passage && !(passage instanceof ClaudeError)) passage.failed('model.billing');
  }

  private refused(
    model: string,
    credential: ModelCredential | null,
    who: string,
    question: BreakerQuestion = 'refusalOf',
  ): ClaudeError | null {
    const mine = credential && this.ofCredential(credential)[question](who);
    return mine ?? this.breakers.of('model', model)[question](who);
  }

  /** Another credential is another breaker: who replaces it need not wait. */
  private ofCredential(credential: ModelCredential) {
    let mark = this.marks.get(credential);
    if (mark === undefined) this.marks.set(credential, (mark = markOf(credential)));
    return this.breakers.of('credential', mark);
  }
}

const markOf = ({ apiKey, authToken }: ModelCredential): string =>
  createHash('sha256')
    .update(`${apiKey ?? ''}\n${authToken ?? ''}`)
    .digest('hex')
    .slice(0, 8);

/** One request under way, for the breakers that it passed. */
export class ModelPassage {
  constructor(
    private readonly model: Passage,
    private readonly credential: Passage,
  ) {}

  /** The answer has content: a probe has shown enough. Any other may still break off. */
  began(): void {
    for (const passage of [this.model, this.credential]) if (passage.isProbe) passage.succeeded();
  }

  met({ trouble, status }: Pick<ModelFact, 'trouble' | 'status'>): void {
    const ofProvider = OF_THE_PROVIDER[trouble];
    const ofCredential = OF_THE_CREDENTIAL[status ?? 0];
    if (ofProvider) this.model.failed(ofProvider);
    // Whatever else it says, it answers; a request that is wrong is its own matter.
    else this.model.succeeded();
    if (ofCredential) this.credential.failed(ofCredential);
    else if (ofProvider) this.credential.left();
    else this.credential.succeeded();
  }

  ended(answered: boolean): void {
    for (const passage of [this.model, this.credential]) {
      if (answered) passage.succeeded();
      else passage.left();
    }
  }
}
