import { type ErrorCode } from '@steward/claude';

/** A failure as somebody met it: in an answer, an acknowledgement, a run, or a line of the log. */
export interface Met {
  readonly code: string;
  /** Null where it was met in a place that has no sentence. */
  readonly message: string | null;
  /** Null where it was met in a place that does not tell. */
  readonly retryable: boolean | null;
  /** Null where there is no HTTP status. */
  readonly status: number | null;
}

/** Makes one failure happen, for real. */
export type Scenario<World> = (world: World) => Promise<Met>;

/** Scenarios that share what they need: a server, several, or nothing. */
export interface Group {
  readonly name: string;
  readonly codes: readonly ErrorCode[];
  /** Whether each changes what the next one finds. */
  readonly inOrder: boolean;
  open(): Promise<OpenGroup>;
}

export interface OpenGroup extends AsyncDisposable {
  meet(code: ErrorCode): Promise<Met>;
}

/** @param inOrder whether the scenarios are played one after the other */
export function group<World extends AsyncDisposable>(
  name: string,
  start: () => Promise<World>,
  scenarios: Partial<Record<ErrorCode, Scenario<World>>>,
  inOrder = false,
): Group {
  return {
    name,
    inOrder,
    codes: Object.keys(scenarios) as ErrorCode[],
    async open() {
      const world = await start();
      return {
        meet: (code) => scenarios[code]!(world),
        [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
      };
    },
  };
}
