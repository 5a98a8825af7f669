import { type Health, type Page, type RunState } from './api.types.js';
import {
  CALL_RETRY,
  type FollowAllOptions,
  type FollowOptions,
  type FollowSessionOptions,
  SILENCE_MS,
  type StewardClientOptions,
  TIMEOUT_MS,
} from './client.options.js';
import { type Frame, type PlacedItem, type RunItem } from './event.types.js';
import { type Follower } from './follow/follower.js';
import { Followers } from './follow/followers.js';
import { TextOfRun } from './follow/text-of-run.js';
import {
  type Holdings,
  type McpServer,
  type Run,
  type RunRequest,
  type Session,
  type SessionSpending,
  type SlashCommand,
  type Spending,
  type TranscriptMessage,
  type WorkspaceSource,
} from './generated/api.generated.js';
import { type Approval, type ApprovalAnswer, type InputAnswer, type RunInput } from './generated/api.generated.js';
import { SessionFiles } from './files/session.files.js';
import { ApiCaller } from './http/api.caller.js';
import { Endpoints } from './http/endpoints.js';
import { newIdempotencyKey } from './http/idempotency-key.js';
import { queryOf } from './http/query.js';

interface ListOptions {
  /** Entries of a page, 1 to 200. Default: 50. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface SubmitOptions extends CallOptions {
  /** The same key and request stand for the same run, for 24 hours. Default: a new one for each call. */
  readonly idempotencyKey?: string;
}

const processPath = (id: string): string => `/processes/${encodeURIComponent(id)}`;
const sessionPath = (id: string): string => `/sessions/${encodeURIComponent(id)}`;

/**
 * Steward's API, typed. What the server refuses is thrown as a `ProblemError`, what never reached it as a `ClientError`;
 * both have a `code`.
 */
export class StewardClient {
  private readonly caller: ApiCaller;
  private readonly followers: Followers;

  /** @throws TypeError without a valid `url` or `urls` */
  constructor(options: StewardClientOptions) {
    const {
      url,
      urls = url === undefined ? [] : [url],
      key,
      timeoutMs = TIMEOUT_MS,
      silenceMs = SILENCE_MS,
      retry = {},
    } = options;
    const endpoints = new Endpoints(urls);
    this.caller = new ApiCaller({ endpoints, key, timeoutMs, retry: { ...CALL_RETRY, ...retry } });
    const transport = options.transport ?? 'sse';
    this.followers = new Followers({ caller: this.caller, endpoints, key, transport, silenceMs, timeoutMs, retry });
  }

  /** Accepts a run, once: whatever happens on the way, it is sent again with the same key. */
  submit(request: RunRequest, { idempotencyKey, signal }: SubmitOptions = {}): Promise<Run> {
    const headers = { 'idempotency-key': idempotencyKey ?? newIdempotencyKey() };
    return this.caller.json({
      method: 'POST',
      path: '/execute/async',
      body: request,
      headers,
      signal,
      repeatable: true,
    });
  }

  /** Runs and waits for the end, whatever it is: `state` and `error` tell. */
  execute(
    request: RunRequest & { readonly onDisconnect?: 'continue' | 'cancel' },
    { idempotencyKey, signal }: SubmitOptions = {},
  ): Promise<Run> {
    const headers = { 'idempotency-key': idempotencyKey ?? newIdempotencyKey() };
    const call = { method: 'POST', path: '/execute', body: request, headers, signal } as const;
    return this.caller.json({ ...call, timeoutMs: null, repeatable: true });
  }

  run(id: string, options: CallOptions = {}): Promise<Run> {
    return this.get(processPath(id), options);
  }

  /** The caller's runs, newest first. */
  runs({
    signal,
    ...query
  }: ListOptions & CallOptions & { readonly state?: RunState; readonly sessionId?: string } = {}): Promise<Page<Run>> {
    return this.get(`/processes${queryOf(query)}`, { signal });
  }

  /** Cancels a run, wherever it is; an ended one stays as it is. */
  cancel(id: string, { signal }: CallOptions = {}): Promise<Run> {
    return this.caller.json({ method: 'DELETE', path: processPath(id), signal, repeatable: true });
  }

  /** Stops what a run does and keeps its session and agent process; it ends cancelled, with the text so far. */
  interrupt(id: string, { signal }: CallOptions = {}): Promise<Run> {
    return this.caller.json({ method: 'POST', path: `${processPath(id)}/interrupt`, signal, repeatable: true });
  }

  /** What a run has asked people, oldest first; `state` says what is open. */
  async approvals(id: string, options: CallOptions = {}): Promise<readonly Approval[]> {
    return (await this.get<Page<Approval>>(`${processPath(id)}/approvals`, options)).data;
  }

  /** What waits for the caller's answer in all of their runs, oldest first. */
  openApprovals({ signal, ...query }: ListOptions & CallOptions = {}): Promise<Page<Approval>> {
    return this.get(`/approvals${queryOf(query)}`, { signal });
  }

  /** Answers an approval; the first answer counts. Sent again only when the server cannot have got it. */
  approve(id: string, approvalId: string, body: ApprovalAnswer, { signal }: CallOptions = {}): Promise<Approval> {
    const path = `${processPath(id)}/approvals/${encodeURIComponent(approvalId)}`;
    return this.caller.json({ method: 'POST', path, body, signal });
  }

  /** Says something to a running run, once; resolves when the run has it. What the agent answers belongs to the run. */
  input(id: string, body: RunInput, { signal }: CallOptions = {}): Promise<InputAnswer> {
    const path = `${processPath(id)}/input`;
    return this.caller.json({ method: 'POST', path, body, signal, repeatable: body.inputId !== undefined });
  }

  /** A page of a run's events. `nextCursor` is the `after` of the next page; null when there is nothing more yet. */
  history(
    id: string,
    { signal, ...query }: CallOptions & { readonly after?: number; readonly limit?: number } = {},
  ): Promise<Page<Frame>> {
    const path = `${processPath(id)}/events${queryOf(query)}`;
    const headers = { accept: 'application/json' };
    return this.caller.json({ method: 'GET', path, headers, signal, repeatable: true });
  }

  /** Opens a session. Sent again only when the server cannot have got it. */
  createSession(
    metadata?: Readonly<Record<string, string>>,
    { signal, workspace }: CallOptions & { readonly workspace?: WorkspaceSource } = {},
  ): Promise<Session> {
    const body = { ...(metadata === undefined ? {} : { metadata }), ...(workspace === undefined ? {} : { workspace }) };
    return this.caller.json({ method: 'POST', path: '/sessions', body, signal });
  }

  session(id: string, options: CallOptions = {}): Promise<Session> {
    return this.get(sessionPath(id), options);
  }

  /** The caller's open sessions, newest first. */
  sessions({ signal, ...query }: ListOptions & CallOptions = {}): Promise<Page<Session>> {
    return this.get(`/sessions${queryOf(query)}`, { signal });
  }

  /** A session whose agent process crashed too often (`session.unhealthy`) is tried again, from its next run on. */
  recoverSession(id: string, { signal }: CallOptions = {}): Promise<Session> {
    return this.caller.json({ method: 'POST', path: `${sessionPath(id)}/recover`, signal, repeatable: true });
  }

  /** A new session with the conversation and workspace of this one, which stays as it is. */
  forkSession(id: string, metadata?: Readonly<Record<string, string>>, { signal }: CallOptions = {}): Promise<Session> {
    const body = metadata === undefined ? {} : { metadata };
    return this.caller.json({ method: 'POST', path: `${sessionPath(id)}/fork`, body, signal });
  }

  /** Messages of a session's conversation, oldest first. */
  messages(id: string, { signal, ...query }: ListOptions & CallOptions = {}): Promise<Page<TranscriptMessage>> {
    return this.get(`${sessionPath(id)}/messages${queryOf(query)}`, { signal });
  }

  /** Slash commands and skills that a run of this session may name. */
  async commands(sessionId: string, options: CallOptions = {}): Promise<readonly SlashCommand[]> {
    const page = await this.get<Page<SlashCommand>>(`${sessionPath(sessionId)}/commands`, options);
    return page.data;
  }

  /** MCP servers that the operator offers: their tools, and which are not there. */
  async mcpServers(sessionId: string, options: CallOptions = {}): Promise<readonly McpServer[]> {
    const page = await this.get<Page<McpServer>>(`${sessionPath(sessionId)}/mcp`, options);
    return page.data;
  }

  /** The files of a session, at any time: its agent may be using them. */
  files(sessionId: string): SessionFiles {
    return new SessionFiles(this.caller, sessionPath(sessionId));
  }

  /** Closes a session: what runs and waits in it is cancelled, its workspace and conversation are removed. */
  closeSession(id: string, { signal }: CallOptions = {}): Promise<Session> {
    return this.caller.json({ method: 'DELETE', path: sessionPath(id), signal, repeatable: true });
  }

  /** What the caller has used today and this month (UTC), and what is left of the budget. */
  usage(options: CallOptions = {}): Promise<Spending> {
    return this.get('/usage', options);
  }

  /** What the runs of a session have used, until it is closed. */
  sessionUsage(id: string, options: CallOptions = {}): Promise<SessionSpending> {
    return this.get(`${sessionPath(id)}/usage`, options);
  }

  /** Sessions, agent processes and bytes on disk that the caller has, beside what there may be. */
  limits(options: CallOptions = {}): Promise<Holdings> {
    return this.get('/limits', options);
  }

  /** State of the server's Claude part. */
  health(options: CallOptions = {}): Promise<Health> {
    return this.get('/health', options);
  }

  /** Every event of a run after a position, to the terminal one, over as many connections as it takes. */
  follow(runId: string, options: FollowOptions = {}): Follower<RunItem, number> {
    return this.followers.run(runId, options);
  }

  /** The events of all runs of a session, one after the other; ends when the session is closed. */
  followSession(sessionId: string, options: FollowSessionOptions = {}): Follower<PlacedItem, string> {
    return this.followers.session(sessionId, options);
  }

  /** The events of all of the caller's runs, without pieces of text. Does not end by itself. */
  followAll(options: FollowAllOptions = {}): Follower<PlacedItem, string> {
    return this.followers.all(options);
  }

  /** Waits for the end of a run. @returns all text that it wrote, or the final one if the rest is no longer kept */
  async text(runId: string, options: CallOptions = {}): Promise<string> {
    const text = new TextOfRun();
    const types = ['text.delta', 'text.replaced'] as const;
    for await (const item of this.follow(runId, { ...options, types })) text.push(item);
    return text.isWhole ? text.text : ((await this.run(runId, options)).result?.text ?? text.text);
  }

  /** Waits for the end of a run. @returns the run, whatever its end is: `state` and `error` tell */
  async result(runId: string, options: CallOptions = {}): Promise<Run> {
    // Only the terminal event is waited for; there is none of this type besides it.
    for await (const _item of this.follow(runId, { ...options, types: ['run.completed'] })) continue;
    return this.run(runId, options);
  }

  private get<T>(path: string, { signal }: CallOptions): Promise<T> {
    return this.caller.json({ method: 'GET', path, signal, repeatable: true });
  }
}
