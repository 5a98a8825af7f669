import { type Observable } from 'rxjs';
import { type BreakerView } from '../breaker/index.js';
import { type ClaudeError } from '../error/index.js';
import { type ModelFacts, type SpendingLimits } from '../model/index.js';
import { type SessionHold, type SessionRecord } from '../session/index.js';
import { type LogWriter } from '../stream/index.js';
import { type AttemptWatch } from './attempt-watch.js';
import { type AttemptInputs } from './run-inputs.js';
import { type AttemptPeople } from './run-people.js';
import { type Surroundings } from './run-surroundings.js';
import { type RunRecord } from './run.types.js';

export interface AttemptOptions extends Surroundings {
  readonly run: RunRecord;
  /** Its record, where it is needed; null when it is closed. */
  readonly session: () => Promise<SessionRecord | null>;
  /** Has the process while the run is carried, and afterwards, if it is left. */
  readonly hold: SessionHold;
  readonly attempt: number;
  readonly writer: LogWriter;
  readonly limits: SpendingLimits;
  readonly facts: ModelFacts;
  /** Changes of the breakers that the run meets. */
  readonly breakers: Observable<BreakerView>;
  /** Ends the attempt; its reason is a ClaudeError and becomes the run's. */
  readonly stop: AbortSignal;
  /** How long an interrupted CLI may take to stop its work. */
  readonly interruptGraceMs: number;
  readonly cliVersion: string | null;
  readonly onFirstDelta: () => void;
  /** Lets the agent ask people, where the run wants that; the attempt is ended by the function that it is given. */
  readonly people: (end: (error: ClaudeError) => void) => AttemptPeople | null;
  /** What is said to the agent while it works. */
  readonly inputs: AttemptInputs;
  /** Whether a person has accepted the plan of an earlier attempt. */
  readonly planAccepted: boolean;
  /** What a later attempt says instead of the prompt; null: the prompt. */
  readonly line: string | null;
  /** Whether a process may have had that before. */
  readonly repeats: boolean;
  /** Knows what it does; is told of all that happens. */
  readonly watch: AttemptWatch;
  /** Its process will never go on; the attempt is ended. */
  readonly onWedged: (error: ClaudeError) => void;
}
