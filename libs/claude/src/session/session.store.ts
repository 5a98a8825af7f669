import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { type SessionId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { sessionRunsKey } from '../stream/index.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import {
  AGENTS,
  leaseKey,
  ownerAgentsKey,
  ownerName,
  ownerSessionsKey,
  SESSION_BYTES,
  sessionKey,
  sessionQueueKey,
  SESSIONS_BY_USE,
  spareKey,
  USER_IDS,
} from './session-keys.js';
import { type LeaseTerms } from './session-lease.js';
import { ALLOW, BEGIN_CLOSE, CREATE, GROW, type Refusal, REMOVE, UPDATE } from './session-scripts.js';
import { EMPTY_ORIGIN, type WorkspaceOrigin } from '../workspace/index.js';
import { type Owner, type Page, type SessionRecord } from './session.types.js';

const CLOSED_TTL_MS = 5000;
/** Fields of a session that say what is allowed in it begin so. */
const ALLOWED = 'allow:';
const MAX_FIELDS = 300;

/** As it is written: `hot` is idle with a process that waits. What a dead worker wrote is read by its lease. */
export type StoredState = 'idle' | 'running' | 'hot' | 'hibernated';
type Changes = Partial<
  Pick<SessionRecord, 'lastUsedAt' | 'cliSessionId' | 'grownToBytes' | 'bytes' | 'crashes'> & { state: StoredState }
>;

/** Most sessions, and bytes on disk (0: any), of one owner and of all. */
export interface Limits {
  readonly owner: number;
  readonly all: number;
  readonly ownerBytes: number;
  readonly allBytes: number;
}

/** How a session begins. */
interface Beginning {
  /** Its place in the clean-up's list, epoch ms. */
  readonly usedAt: number;
  /** Of who acts on it from the beginning, with epoch 1. */
  readonly lease: LeaseTerms | null;
}

const REFUSALS = {
  owner: ['session.limit_reached', 'owner'],
  all: ['session.total_reached', 'all'],
  'owner bytes': ['workspace.quota_reached', 'ownerBytes'],
  'all bytes': ['workspace.total_reached', 'allBytes'],
} as const satisfies Record<Exclude<Refusal, 'left'>, readonly [string, keyof Limits]>;

/** Sessions in Redis: one hash each, an index per owner, one by last use. */
@Injectable()
export class SessionStore {
  constructor(private readonly redis: RedisConnections) {}

  /**
   * @param begins what is said of it beside its record
   * @throws ClaudeError `session.limit_reached` or `workspace.quota_reached` of the owner, `session.total_reached` or `workspace.total_reached` of all,
   *   `session.lost` when the clean-up has removed the folder that was made for it
   */
  async create(record: SessionRecord, limits: Limits, begins: Beginning): Promise<void> {
    const isPlain = record.forkedFrom === null && record.workspace.kind === 'empty';
    const fields = {
      tenant: record.owner.tenant,
      user: record.owner.user,
      state: record.state,
      createdAt: record.createdAt,
      lastUsedAt: record.lastUsedAt,
      runs: '0',
      cliSessionId: record.cliSessionId,
      // What has a folder of its own takes none of a spare.
      ...(record.place === record.id && isPlain ? {} : { folder: record.place }),
      ...(record.passing ? { passing: '1' } : {}),
      ...(record.forkedFrom === null ? {} : { forkedFrom: record.forkedFrom }),
      ...(record.workspace.kind === 'empty' ? {} : { workspace: JSON.stringify(record.workspace) }),
      ...(record.bytes === 0 ? {} : { bytes: String(record.bytes) }),
      metadata: JSON.stringify(record.metadata),
    };
    // That of any other is made later. This one may be the clean-up's by now.
    await this.tryCreate(record, limits, Object.entries(fields).flat(), begins, !isPlain);
  }

  /** Whether there is room for one more now. @throws ClaudeError as `create` */
  checkRoom(owner: Owner, limits: Limits): Promise<void> {
    return this.tryCreate({ id: '', owner, bytes: 0 }, limits, [], { usedAt: 0, lease: null }, false);
  }

  private async tryCreate(
    { id, owner, bytes }: { readonly id: string; readonly owner: Owner; readonly bytes: number },
    limits: Limits,
    fields: readonly string[],
    { usedAt, lease }: Beginning,
    isGrown: boolean,
  ): Promise<void> {
    const indexes = [ownerSessionsKey(owner), SESSIONS_BY_USE, SESSION_BYTES];
    const keys = [sessionKey(id), ...indexes, leaseKey(id), spareKey(id)];
    const most = [limits.owner, limits.all, limits.ownerBytes, limits.allBytes];
    const terms = [lease?.holder ?? '', lease?.leaseMs ?? 0];
    const args = [id, usedAt, ownerName(owner), bytes, ...most, ...terms, isGrown ? 1 : 0, ...fields];
    const [made, whose, current] = await CREATE.run(this.redis.commands, keys, args);
    if (made === 1) return;
    if (whose === 'left') throw new ClaudeError('session.lost', { sessionId: id });
    const [code, limit] = REFUSALS[whose];
    throw new ClaudeError(code, {
      limit: limits[limit],
      current,
      ...(whose.endsWith('bytes') ? { asked: bytes } : {}),
    });
  }

  async get(id: string): Promise<SessionRecord | null> {
    const found = await this.evenClosing(id);
    if (!found || found.closing) return null;
    const { closing: _closing, ...record } = found;
    return record;
  }

  /** The record also of one that is being closed. */
  async evenClosing(id: string): Promise<(SessionRecord & { readonly closing: boolean }) | null> {
    const [fields, leased] = await Promise.all([
      this.redis.commands.hgetall(sessionKey(id)),
      this.redis.commands.exists(leaseKey(id)),
    ]);
    return fields['createdAt'] ? { ...recordOf(id, fields, leased === 1), closing: fields['closing'] === '1' } : null;
  }

  async list(owner: Owner, limit: number, cursor: string | undefined): Promise<Page<SessionRecord>> {
    const before = cursor === undefined ? '+' : `(${decodeCursor('sessions', cursor)}`;
    const ids = await this.redis.commands.zrange(
      ownerSessionsKey(owner),
      before,
      '-',
      'BYLEX',
      'REV',
      'LIMIT',
      0,
      limit + 1,
    );
    const found = await Promise.all(ids.slice(0, limit).map((id) => this.get(id)));
    const last = ids.length > limit ? ids[limit - 1] : undefined;
    return {
      data: found.filter((record) => record !== null),
      nextCursor: last === undefined ? null : encodeCursor('sessions', last),
    };
  }

  /**
   * It takes more room, from now on.
   *
   * @throws ClaudeError `workspace.quota_reached` where its owner, `workspace.total_reached` where all may not have so much
   */
  async grow(id: string, owner: Owner, bytes: number, limits: Pick<Limits, 'ownerBytes' | 'allBytes'>): Promise<void> {
    const args = [ownerName(owner), bytes, limits.ownerBytes, limits.allBytes];
    const [made, whose, current, asked] = await GROW.run(this.redis.commands, [sessionKey(id), SESSION_BYTES], args);
    if (made === 1) return;
    const [code, limit] = REFUSALS[whose];
    throw new ClaudeError(code, { limit: limits[limit], current, asked });
  }

  /** @param epoch of the writer's lease; without it whoever writes */
  async update(id: string, changes: Changes, epoch?: number): Promise<boolean> {
    return this.change(id, changes, epoch, '');
  }

  /**
   * An attempt ended in it, or somebody changed its files: moves the session to the end of the clean-up's list. Runs are
   * counted as they are released.
   */
  async used(id: string, changes: Changes, epoch?: number): Promise<boolean> {
    return this.change(id, { ...changes, lastUsedAt: new Date().toISOString() }, epoch, Date.now());
  }

  /** What need not be asked again in this session. @returns false when it cannot be kept */
  async allow(id: string, rule: string): Promise<boolean> {
    return (await ALLOW.run(this.redis.commands, [sessionKey(id)], [`${ALLOWED}${rule}`, MAX_FIELDS])) === 1;
  }

  private async change(id: string, changes: Changes, epoch: number | undefined, now: number | ''): Promise<boolean> {
    const { bytes = '', ...fields } = changes;
    const args = [epoch ?? '', id, now, bytes, ...Object.entries(fields).flat()];
    return (await UPDATE.run(this.redis.patient, [sessionKey(id), SESSIONS_BY_USE, SESSION_BYTES], args)) === 1;
  }

  /** @returns false when it is gone, or something runs or waits in it although nothing should */
  async beginClose(record: SessionRecord, onlyAtRest: boolean): Promise<boolean> {
    const keys = [sessionKey(record.id), sessionQueueKey(record.id), SESSIONS_BY_USE, ownerSessionsKey(record.owner)];
    return (await BEGIN_CLOSE.run(this.redis.commands, keys, [record.id, onlyAtRest ? 1 : 0])) === 1;
  }

  /** The last step of closing. */
  async remove({ id, owner }: SessionRecord): Promise<void> {
    const indexes = [SESSIONS_BY_USE, ownerSessionsKey(owner), SESSION_BYTES, USER_IDS];
    const more = [sessionRunsKey(id), ownerAgentsKey(owner), AGENTS];
    const keys = [sessionKey(id), sessionQueueKey(id), ...indexes, ...more];
    await REMOVE.run(this.redis.commands, keys, [id, ownerName(owner), CLOSED_TTL_MS]);
  }

  async allowed(id: string): Promise<readonly string[]> {
    return rulesIn(await this.redis.patient.hkeys(sessionKey(id)));
  }

  /** Ids of sessions that were last used before a moment, oldest first, without the first so many. */
  async unusedSince(epochMs: number, skip: number, limit: number): Promise<string[]> {
    return this.redis.commands.zrange(SESSIONS_BY_USE, '-inf', String(epochMs), 'BYSCORE', 'LIMIT', skip, limit);
  }

  async openCount(owner?: Owner): Promise<number> {
    return this.redis.commands.zcard(owner ? ownerSessionsKey(owner) : SESSIONS_BY_USE);
  }

  /** Bytes on disk of all sessions of an owner. */
  async bytesOf(owner: Owner): Promise<number> {
    return Number((await this.redis.commands.hget(SESSION_BYTES, ownerName(owner))) ?? 0);
  }
}

/** Who runs in a session, or keeps its process, has its lease; where nobody has, whoever wrote that is gone. */
function stateOf(stored: StoredState, leased: boolean): SessionRecord['state'] {
  if (stored === 'idle' || stored === 'hibernated') return stored;
  if (!leased) return 'hibernated';
  return stored === 'hot' ? 'idle' : 'running';
}

function recordOf(id: string, fields: Record<string, string>, leased: boolean): SessionRecord {
  return {
    id: id as SessionId,
    owner: { tenant: fields['tenant']!, user: fields['user']! },
    state: stateOf(fields['state'] as StoredState, leased),
    createdAt: fields['createdAt']!,
    lastUsedAt: fields['lastUsedAt']!,
    runs: Number(fields['runs'] ?? 0),
    cliSessionId: fields['cliSessionId']!,
    uid: fields['uid'] ? Number(fields['uid']) : null,
    grownToBytes: Number(fields['grownToBytes'] ?? 0),
    workspace: fields['workspace'] ? (JSON.parse(fields['workspace']) as WorkspaceOrigin) : EMPTY_ORIGIN,
    bytes: Number(fields['bytes'] ?? 0),
    place: fields['folder'] ?? id,
    passing: fields['passing'] === '1',
    forkedFrom: (fields['forkedFrom'] ?? null) as SessionId | null,
    metadata: JSON.parse(fields['metadata'] ?? '{}') as Record<string, string>,
    crashes: Number(fields['crashes'] ?? 0),
    unhealthyUntil: momentOf(Number(fields['unhealthyUntil'] ?? 0)),
    allowed: rulesIn(Object.keys(fields)),
  };
}

const rulesIn = (names: readonly string[]): string[] =>
  names.flatMap((name) => (name.startsWith(ALLOWED) ? [name.slice(ALLOWED.length)] : []));

/** ISO 8601; null for what has passed. */
const momentOf = (ms: number): string | null => (ms > Date.now() ? new Date(ms).toISOString() : null);
