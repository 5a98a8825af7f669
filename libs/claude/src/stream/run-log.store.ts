import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { type Redis } from 'ioredis';
import { ClaudeError } from '../error/index.js';
import { isTerminal } from './event.schema.js';
import { type Frame, type LogHead, type RecordPatch } from './frame.types.js';
import { bytesOf } from './log-cutter.js';
import { isDeltaType, type Piece, snapshotOf } from './log-pieces.js';
import { APPEND, CUT, TAKE_EPOCH } from './log-scripts.js';
import { logKey, logKeys, piecesKey, recordKey, restKey } from './stream-keys.js';
import { SharedReads } from './shared-reads.js';
import { type StreamEntry } from './tail.types.js';

export interface LogEntry {
  readonly type: string;
  readonly at: string;
  readonly dataJson: string;
}

export interface AppendRequest {
  readonly epoch: number;
  /** The `lastSeq` that the writer knows of; anything else there means a lost or doubled write. */
  readonly expectedSeq: number;
  readonly entries: readonly LogEntry[];
  readonly ended?: boolean;
  readonly patch?: RecordPatch;
}

export interface Appended {
  readonly lastSeq: number;
  /** Bytes of the deltas that are in the log now. */
  readonly deltaBytes: number;
  /** Bytes of all events of the run, cut ones too. */
  readonly outputBytes: number;
}

interface CutRequest {
  readonly epoch: number;
  /** Where the cut ended before, and where it ends now. */
  readonly from: number;
  readonly through: number;
  readonly freedBytes: number;
  readonly pieces: readonly string[];
  /** What is no delta. */
  readonly rest: readonly number[];
}

interface Snapshot {
  readonly frame: Frame | null;
  readonly reached: number;
}

const DELETE = '\0';
const NOT_CUT = '0';

/** One Redis Stream per run; the id of an entry is its `seq`. */
@Injectable()
export class RunLogStore {
  private readonly reads = new SharedReads<readonly Frame[]>();
  private readonly snapshots = new SharedReads<Snapshot>();

  constructor(private readonly redis: RedisConnections) {}

  /**
   * Appends in one atomic step.
   *
   * @param client `patient` waits while Redis is away, `commands` fails at once
   * @throws ClaudeError `stream.stale_writer` when another epoch owns the run, `stream.ended` after the terminal event,
   *   `run.not_found` when there is no record
   */
  async append(runId: string, request: AppendRequest, client: Redis = this.redis.patient): Promise<Appended> {
    const { epoch, expectedSeq, entries, ended = false, patch = {} } = request;
    const fields = Object.entries(patch).flatMap(([field, value]) => [field, value ?? DELETE]);
    const events = entries.flatMap(({ type, at, dataJson }) => [type, at, dataJson]);
    let [deltaBytes, allBytes] = [0, 0];
    for (const { type, dataJson } of entries) {
      const bytes = bytesOf(dataJson);
      allBytes += bytes;
      if (isDeltaType(type)) deltaBytes += bytes;
    }
    const args = [epoch, expectedSeq, ended ? 1 : 0, deltaBytes, allBytes, fields.length / 2, ...fields, ...events];
    const answer = await APPEND.run(client, [recordKey(runId), logKey(runId)], args);
    if (answer[0] === 1) return { lastSeq: answer[1], deltaBytes: answer[2], outputBytes: answer[3] };
    const [, reason] = answer;
    if (reason === 'missing') throw new ClaudeError('run.not_found');
    throw new ClaudeError(reason === 'ended' ? 'stream.ended' : 'stream.stale_writer', { runId, epoch });
  }

  /** Makes the caller the only writer. Null when the run has ended or is gone. */
  async takeEpoch(runId: string): Promise<LogHead | null> {
    const answer = await TAKE_EPOCH.run(this.redis.commands, [recordKey(runId)], []);
    return answer && { epoch: answer[0], lastSeq: answer[1], ended: false };
  }

  async head(runId: string): Promise<LogHead | null> {
    const [epoch, lastSeq, ended] = await this.redis.commands.hmget(recordKey(runId), 'epoch', 'lastSeq', 'ended');
    if (epoch == null) return null;
    return { epoch: Number(epoch), lastSeq: Number(lastSeq), ended: ended === '1' };
  }

  /** Up to `limit` events after a position, of what is in the log. */
  read(runId: string, after: number, limit: number): Promise<readonly Frame[]> {
    // Whoever asks again finds the same when all that was asked for is there, or nothing can follow.
    const isFinal = (frames: readonly Frame[]) => frames.length === limit || isTerminal(frames.at(-1)?.type ?? '');
    return this.reads.get(`${runId}:${after}:${limit}`, isFinal, async () => {
      const entries = await this.redis.commands.xrange(logKey(runId), `(${after}-0`, '+', 'COUNT', limit);
      return entries.map(frameOf);
    });
  }

  /** Up to `limit` events after a position, of what is no delta in the part that was cut off. */
  async readRest(runId: string, after: number, limit: number): Promise<Frame[]> {
    const entries = await this.redis.commands.xrange(restKey(runId), `(${after}-0`, '+', 'COUNT', limit);
    return entries.map(frameOf);
  }

  /** Single events of any logs; null for those that are gone. */
  async readEach(places: readonly { readonly runId: string; readonly seq: number }[]): Promise<(Frame | null)[]> {
    if (places.length === 0) return [];
    const pipeline = this.redis.commands.pipeline();
    for (const { runId, seq } of places)
      for (const key of [logKey(runId), restKey(runId)]) pipeline.xrange(key, `${seq}-0`, `${seq}-0`);
    const answers = (await pipeline.exec())!.map(([error, entries]) => {
      if (error) throw error;
      return (entries as StreamEntry[])[0];
    });
    return places.map((_place, at) => {
      const entry = answers[2 * at] ?? answers[2 * at + 1];
      return entry ? frameOf(entry) : null;
    });
  }

  /** Seq through which deltas were cut; 0 when none were. */
  async cutThrough(runId: string): Promise<number> {
    return Number((await this.redis.commands.hget(recordKey(runId), 'cutThrough')) ?? NOT_CUT);
  }

  /** The snapshot of what was cut, for all who need the same one at once; null when it is gone. */
  async snapshot(runId: string): Promise<Frame | null> {
    const cutThrough = await this.cutThrough(runId);
    const load = async (): Promise<Snapshot> => {
      const { cutThrough: reached, pieces } = await this.pieces(runId);
      if (pieces.length === 0) return { frame: null, reached };
      const dataJson = JSON.stringify(snapshotOf(pieces, reached));
      const at = new Date().toISOString();
      return { frame: { fromSeq: reached, seq: reached, at, type: 'stream.snapshot', dataJson }, reached };
    };
    const isFinal = ({ frame, reached }: Snapshot) => frame !== null && reached === cutThrough;
    return (await this.snapshots.get(`${runId} ${cutThrough}`, isFinal, load)).frame;
  }

  /** What was cut, and how far, as of one moment. */
  async pieces(runId: string): Promise<{ readonly cutThrough: number; readonly pieces: readonly Piece[] }> {
    const [head, list] = (await this.redis.commands
      .multi()
      .hget(recordKey(runId), 'cutThrough')
      .lrange(piecesKey(runId), 0, -1)
      .exec())!;
    const pieces = (list![1] as string[]).map((piece) => JSON.parse(piece) as Piece);
    return { cutThrough: Number((head![1] as string | null) ?? NOT_CUT), pieces };
  }

  /** @returns bytes of the deltas that are left; null when another writer owns the run or has cut meanwhile */
  async cut(runId: string, { epoch, from, through, freedBytes, pieces, rest }: CutRequest): Promise<number | null> {
    const keys = [recordKey(runId), ...logKeys(runId)];
    return CUT.run(this.redis.commands, keys, [epoch, from, through, freedBytes, pieces.length, ...pieces, ...rest]);
  }
}

export function frameOf([id, fields]: [string, string[]]): Frame {
  const seq = Number(id.slice(0, id.indexOf('-')));
  return { fromSeq: seq, seq, type: fields[1]!, at: fields[3]!, dataJson: fields[5]! };
}
