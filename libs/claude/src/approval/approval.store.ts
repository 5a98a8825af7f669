import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { decodeCursor, encodeCursor, type Owner, type Page } from '../session/index.js';
import { recordKey } from '../stream/index.js';
import { DELIVER, OPEN, RESOLVE } from './approval-scripts.js';
import { type ApprovalRecord, type Delivery, type Resolution } from './approval.types.js';

const approvalKey = (id: string): string => `steward:approval:${id}`;
const ofRunKey = (runId: string): string => `steward:run-approvals:${runId}`;
const ofOwnerKey = ({ tenant, user }: Owner): string => `steward:approvals:${tenant}:${user}`;

type About = Omit<ApprovalRecord, 'state' | 'resolution' | 'delivered'>;

/** Approvals in Redis: one hash each, a list per run, an index per owner of those that are open. */
@Injectable()
export class ApprovalStore {
  constructor(private readonly redis: RedisConnections) {}

  async open(about: About): Promise<void> {
    const keys = [approvalKey(about.id), ofRunKey(about.runId), ofOwnerKey(about.owner)];
    await OPEN.run(this.redis.patient, keys, [about.id, JSON.stringify(about), Date.parse(about.deadline)]);
  }

  async get(id: string): Promise<ApprovalRecord | null> {
    return recordOf(await this.redis.commands.hgetall(approvalKey(id)));
  }

  /**
   * @param inTime only before its deadline, and before the end of its run
   */
  resolve(
    { id, runId, owner }: Pick<ApprovalRecord, 'id' | 'runId' | 'owner'>,
    resolution: Resolution,
    inTime: boolean,
  ): Promise<'done' | 'none' | 'resolved' | 'expired'> {
    const keys = [approvalKey(id), recordKey(runId), ofOwnerKey(owner)];
    return RESOLVE.run(inTime ? this.redis.commands : this.redis.patient, keys, [
      id,
      JSON.stringify(resolution),
      inTime ? Date.now() : '',
    ]);
  }

  /** @returns whether the caller is the one who may act on what was decided */
  async deliver(id: string, how: Delivery): Promise<boolean> {
    return (await DELIVER.run(this.redis.patient, [approvalKey(id)], [how])) === 1;
  }

  /** All of a run, oldest first. @param whileAway waits for a Redis that is away: for who carries the run */
  async ofRun(runId: string, whileAway: 'waits' | 'fails' = 'fails'): Promise<ApprovalRecord[]> {
    const redis = whileAway === 'waits' ? this.redis.patient : this.redis.commands;
    const ids = await redis.lrange(ofRunKey(runId), 0, -1);
    const found = await Promise.all(ids.map(async (id) => recordOf(await redis.hgetall(approvalKey(id)))));
    return found.filter((record) => record !== null);
  }

  /** Open ones of an owner, oldest first. */
  async openOf(owner: Owner, limit: number, cursor: string | undefined): Promise<Page<ApprovalRecord>> {
    const from = cursor === undefined ? '-' : `(${decodeCursor('approvals', cursor)}`;
    const key = ofOwnerKey(owner);
    const ids = await this.redis.commands.zrange(key, from, '+', 'BYLEX', 'LIMIT', 0, limit + 1);
    const data = (await Promise.all(ids.slice(0, limit).map((id) => this.get(id)))).filter((one) => one !== null);
    const last = ids.length > limit ? ids[limit - 1] : undefined;
    return { data, nextCursor: last === undefined ? null : encodeCursor('approvals', last) };
  }

  /** The run has ended: they are kept as long as its record. */
  async expire(runId: string, retentionMs: number): Promise<void> {
    const ids = await this.redis.patient.lrange(ofRunKey(runId), 0, -1);
    const change = this.redis.patient.multi().pexpire(ofRunKey(runId), retentionMs);
    for (const id of ids) change.pexpire(approvalKey(id), retentionMs);
    await change.exec();
  }
}

function recordOf(fields: Readonly<Record<string, string>>): ApprovalRecord | null {
  if (!fields['about']) return null;
  const resolution = fields['resolution'] ? (JSON.parse(fields['resolution']) as Resolution) : null;
  return {
    ...(JSON.parse(fields['about']) as About),
    state: fields['state'] === 'open' ? 'open' : 'resolved',
    resolution,
    delivered: (fields['delivered'] as Delivery | undefined) ?? null,
  };
}
