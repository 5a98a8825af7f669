import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { type Redis } from 'ioredis';
import { ClaudeError } from '../error/index.js';
import { type Frame, type LogHead, type RecordPatch } from './frame.types.js';
import { APPEND, TAKE_EPOCH } from './log-scripts.js';

/** The record of a run and its log share one life; the log's state lies in the record, so that both change in one step. */
export const recordKey = (runId: string): string => `steward:run:${runId}`;
export const logKey = (runId: string): string => `steward:log:${runId}`;

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

const DELETE = '\0';

/** One Redis Stream per run; the id of an entry is its `seq`. */
@Injectable()
export class RunLogStore {
  constructor(private readonly redis: RedisConnections) {}

  /**
   * Appends in one atomic step.
   *
   * @param client `patient` waits while Redis is away, `commands` fails at once
   * @returns the last seq
   * @throws ClaudeError `stream.stale_writer` when another epoch owns the run, `stream.ended` after the terminal event,
   *   `run.not_found` when there is no record
   */
  async append(runId: string, request: AppendRequest, client: Redis = this.redis.patient): Promise<number> {
    const { epoch, expectedSeq, entries, ended = false, patch = {} } = request;
    const fields = Object.entries(patch).flatMap(([field, value]) => [field, value ?? DELETE]);
    const events = entries.flatMap(({ type, at, dataJson }) => [type, at, dataJson]);
    const args = [epoch, expectedSeq, ended ? 1 : 0, fields.length / 2, ...fields, ...events];
    const [done, answer] = await APPEND.run(client, [recordKey(runId), logKey(runId)], args);
    if (done === 1) return answer as number;
    if (answer === 'missing') throw new ClaudeError('run.not_found');
    throw new ClaudeError(answer === 'ended' ? 'stream.ended' : 'stream.stale_writer', { runId, epoch });
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

  /** Up to `limit` events after a position. */
  async read(runId: string, after: number, limit: number): Promise<Frame[]> {
    const entries = await this.redis.commands.xrange(logKey(runId), `(${after}-0`, '+', 'COUNT', limit);
    return entries.map(frameOf);
  }
}

export function frameOf([id, fields]: [string, string[]]): Frame {
  const seq = Number(id.slice(0, id.indexOf('-')));
  return { fromSeq: seq, seq, type: fields[1]!, at: fields[3]!, dataJson: fields[5]! };
}
