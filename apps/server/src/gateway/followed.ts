import { type ClaudeService, type Owner, type PlacedFrame, type RunView } from '@steward/claude';
import { type Reading } from '../http/sse/event-streams.js';
import { placedRun } from '../http/sse/frame-json.js';
import { isUntouched } from '../http/sse/position.js';

/** What of a stream a reader wants. */
export interface Filter {
  readonly types?: readonly string[] | undefined;
  readonly deltas?: boolean | undefined;
}

/** Something that a socket follows: a run, a session's runs, all of the caller's. */
export interface Followed {
  /** One socket follows one of a name. */
  readonly name: string;
  /** Run that it is about; null for the wider streams. */
  readonly runId: string | null;
  /** It was accepted just now, for who follows it: its place is told also when it begins at once. */
  readonly isNew?: boolean;
  /** What goes with every payload besides the frame. */
  readonly label: Readonly<Record<string, unknown>>;
  /** Position that it begins behind. */
  readonly after: string;
  readonly open: (after: string, reading: Reading) => AsyncIterable<readonly PlacedFrame[]>;
}

export function followedRun(
  claude: ClaudeService,
  owner: Owner,
  run: RunView,
  after: number,
  filter: Filter,
  isNew = false,
): Followed {
  const ids = { runId: run.id, sessionId: run.sessionId };
  return {
    name: run.id,
    runId: run.id,
    isNew,
    label: {},
    after: String(after),
    open: (from, reading) => {
      const options = { ...filter, ...reading, after: Number(from), isNew: from === '0' && isUntouched(run) };
      return placedRun(claude.follow(run.id, owner, options), ids);
    },
  };
}

export function followedSession(
  claude: ClaudeService,
  owner: Owner,
  id: string,
  after: string,
  filter: Filter,
): Followed {
  const stream = `session:${id}`;
  return {
    name: stream,
    runId: null,
    label: { stream },
    after,
    open: (from, reading) => claude.followSession(id, owner, { ...filter, ...reading, after: from }),
  };
}

export function followedFeed(claude: ClaudeService, owner: Owner, after: string, filter: Filter): Followed {
  return {
    name: 'feed',
    runId: null,
    label: { stream: 'feed' },
    after,
    open: (from, reading) => claude.followAll(owner, { ...filter, ...reading, after: from }),
  };
}
