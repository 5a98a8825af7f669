// Made by `npm run generate` from the tables of the server; edit those.

import { type Metering, type ModelCost, type RunError, type RunResources, type RunResult, type Usage } from './event-shapes.generated.js';
import { type Owner, type WorkspaceSource } from './api-sessions.generated.js';

/** A kind of subagent. */
export type AgentDefinition = {
  /** When to use it; the model reads this. */
  readonly description: string;
  /** Its system prompt. */
  readonly prompt: string;
  /** Tools that it has; without it those of the main conversation. */
  readonly tools?: readonly string[];
  /** Tools that it does not have. */
  readonly disallowedTools?: readonly string[];
  /** Its model; without it that of the main conversation. */
  readonly model?: string;
  /** Turns before it has to stop. */
  readonly maxTurns?: number;
  /** How much it tries. */
  readonly effort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max';
};

/** A file that goes to the model with the prompt. */
export type Attachment = {
  /** Its name; the model reads it. */
  readonly name: string;
  /** Media type; the content decides, and has to agree. */
  readonly type?: string;
  /** Its content, base64. */
  readonly data: string;
};

/** Something in a workspace. */
export type FileEntry = {
  /** From the workspace on, without a slash in front. */
  readonly path: string;
  /** link: a symbolic one, which is never followed. other: a pipe, a socket, a device. */
  readonly type: 'file' | 'folder' | 'link' | 'other';
  /** Bytes of a file; 0 for all else. */
  readonly size: number;
  readonly modifiedAt: string;
  /** Changes with the content; null for what is no file. */
  readonly etag: string | null;
};

/** A file that is another one than it was. */
export type FileChange = {
  readonly path: string;
  readonly change: 'added' | 'modified' | 'removed';
  readonly sizeBefore: number | null;
  readonly sizeAfter: number | null;
  /** As `diff -u` has it; null where a side is no text, or too large. */
  readonly patch: string | null;
};

/** What is different in a workspace from the start of a run. */
export type WorkspaceDiff = {
  readonly runId: string;
  /** The start of the run. */
  readonly takenAt: string;
  readonly data: readonly FileChange[];
  /** Whether more files differ than are told. */
  readonly truncated: boolean;
};

/** What an MCP server calls itself. */
export type McpServerInfo = {
  readonly name: string;
  readonly version: string;
};

/** A tool of an MCP server. */
export type McpTool = {
  /** Goes into rules as `mcp__<server>__<name>`. */
  readonly name: string;
  readonly description: string;
};

/** An MCP server that the operator offers. */
export type McpServer = {
  /** Goes into `mcpServers`. */
  readonly name: string;
  /** stdio, http or sse. */
  readonly type: string;
  /** connected, failed, pending, needs-auth or disabled; unused: no run of the session has named it. */
  readonly status: string;
  /** What it calls itself. */
  readonly serverInfo: McpServerInfo | null;
  readonly tools: readonly McpTool[];
  /** When that was; null: never. */
  readonly seenAt: string | null;
};

/** A slash command or skill, to be run. */
export type CommandCall = {
  /** Its name, without the slash. */
  readonly name: string;
  /** What stands behind the name. */
  readonly args?: string;
};

/** What a run does, or waits for. */
export type RunActivity = {
  /** queued: pending: it waits for its turn, or for the run of its session before it; start_at: pending: it waits for the moment that it was given; retry: pending: an attempt failed; the next one begins at `until`; rate_limit: a limit of the model provider is met; it ends at `until`; outage: the model provider, or something else that it needs, is away; it goes on when that is back; approval: people are waited for; alone: pending: it has lost a worker, and waits until nothing else runs on the one that has it now; lease: pending: a worker has it, and waits until another one lets go of its session; place: the owner, or the server, has as many agent processes as there may be; starting: an agent process is started; resuming: an agent process is started and opens the conversation again; working: the agent has the prompt, and does something that it does not tell; requesting: the model is waited for; thinking: the model thinks; answering: the model writes; tool: a tool runs; api_retry: a request to the model failed; the CLI repeats it at `until`; compacting: the conversation is summed up; background: the answer is there; tasks in the background are waited for; redis: Redis does not answer; what happens is told when it does; silent: the agent process says nothing, and nothing is known that it waits for; stopping: the run is being ended */
  readonly what: 'queued' | 'start_at' | 'retry' | 'rate_limit' | 'outage' | 'approval' | 'alone' | 'lease' | 'place' | 'starting' | 'resuming' | 'working' | 'requesting' | 'thinking' | 'answering' | 'tool' | 'api_retry' | 'compacting' | 'background' | 'redis' | 'silent' | 'stopping';
  /** The same as a sentence for people. */
  readonly text: string;
  readonly since: string;
  /** When it goes on by itself; null: nobody knows. */
  readonly until: string | null;
};

/** How far a run is. */
export type RunProgress = {
  /** Answers of the model so far. */
  readonly turns: number;
  /** Tools that it asked for so far. */
  readonly toolCalls: number;
  /** Tokens of all kinds so far. */
  readonly tokens: number;
};

/** How a run was carried other than it was asked for. */
export type RunDegraded = {
  readonly step: 'fallback_model' | 'api' | 'wait';
  /** What was in the way: a code of docs/errors.md. */
  readonly why: string;
};

/** Exactly one of `prompt` and `command`. */
export type RunRequest = {
  /** Model or alias (opus, sonnet, haiku, …); without it the operator’s default. */
  readonly model?: string;
  /** Model to go on with when the first one stays overloaded. */
  readonly fallbackModel?: string;
  /** How much the model tries. Default: the CLI’s, high. */
  readonly effort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  /** Whether the model thinks first; `adaptive` leaves it to the model. Default: as the model does by itself. */
  readonly thinking?: 'enabled' | 'adaptive' | 'disabled';
  /** Whether thinking is shown in summary or left out. */
  readonly thinkingDisplay?: 'summarized' | 'omitted';
  /** Tokens of thinking, for models with such a budget; newer ones choose by effort. */
  readonly maxThinkingTokens?: number;
  /** Tokens that the model is told to make do with. */
  readonly taskBudget?: number;
  /** USD, a decimal: what the run may cost, subagents included. When it is used up the run fails with budget.exceeded, in the middle of an answer too; what was said stays in `result`. */
  readonly maxCostUsd?: string;
  /** Beta features of the model provider that the CLI passes on. */
  readonly betas?: readonly 'context-1m-2025-08-07'[];
  /** Replaces the system prompt of the CLI. */
  readonly systemPrompt?: string;
  /** Is added to the system prompt of the CLI. */
  readonly appendSystemPrompt?: string;
  /** Moves what differs between sessions (working directory) from the system prompt into the first message, so that sessions share a prompt cache. Not together with systemPrompt. */
  readonly excludeDynamicSystemPromptSections?: boolean;
  /** Built-in tools that exist for this run; an empty list: none. Without it those of the CLI. */
  readonly tools?: readonly string[];
  /** What may run without a question: tools (`Bash`) or rules (`Bash(git *)`); file tools stay bound to the workspace. Without it the operator’s list. */
  readonly allowedTools?: readonly string[];
  /** Tools that do not exist for this run, or rules for calls that are denied. */
  readonly disallowedTools?: readonly string[];
  /** Permission mode of the CLI, where the operator allows it. Default: default. */
  readonly permissionMode?: 'default' | 'acceptEdits' | 'plan' | 'dontAsk' | 'auto' | 'bypassPermissions';
  /** Turns of the agent before the run fails with run.max_turns. */
  readonly maxTurns?: number;
  /** JSON Schema (draft 07) of the output; `result.structured` fits it. `format` and `$schema` may stand in it and are not checked. */
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  /** Kinds of subagents that the model may start, by name. */
  readonly agents?: Readonly<Record<string, AgentDefinition>>;
  /** The one of agents that leads the main conversation. */
  readonly agent?: string;
  /** Further folders that file tools may use, from the operator’s list (STEWARD_ALLOWED_DIRS). */
  readonly addDirs?: readonly string[];
  /** Settings of the workspace that act, where the operator allows it. Default: none. */
  readonly settingSources?: readonly ('project' | 'local')[];
  /** MCP servers of the operator (STEWARD_MCP_CONFIG), by name. */
  readonly mcpServers?: readonly string[];
  /** Text for the model; never executed as a slash command. Exactly one of prompt and command. */
  readonly prompt?: string;
  /** A slash command or skill instead of a prompt; `GET /sessions/:id/commands` lists those there are. */
  readonly command?: CommandCall;
  /** Images (PNG, JPEG, GIF, WebP), PDFs and texts that go to the model with the prompt; `multipart/form-data` is the other way to send them. */
  readonly attachments?: readonly Attachment[];
  /** An open session to go on with; without it the run gets a session of its own. */
  readonly sessionId?: string;
  /** Without sessionId: whether the session that the run gets stays open after it. false closes it with its workspace when the run has ended. Default: true. */
  readonly keepSession?: boolean;
  /** Without sessionId: what the workspace of the session that the run gets begins with. Default: nothing. */
  readonly workspace?: WorkspaceSource;
  /** Milliseconds that the attempts of the run may take together until it fails with run.timed_out; what it waits for a place, a limit, an outage or people does not count. */
  readonly timeoutMs?: number;
  /** Tokens of all kinds together (also those read from the cache) that the run may use; as maxCostUsd. */
  readonly maxTokens?: number;
  /** Keeps what is said to the model and by it, redacted, in a file on the server, where the operator allows it; `metering.recording` names it, `npm run replay` plays it back. */
  readonly recordModelTraffic?: boolean;
  /** Commands and subagents that still run in the background when the answer is there: end them (stop, the default), or wait for them and for what the agent says about them. */
  readonly backgroundTasks?: 'stop' | 'wait';
  /** Publish the messages of the CLI as they are, too, as `raw` events: whole ones, or all, with the partial ones that deltas are made of. Default: only those that are not known. */
  readonly rawMessages?: 'whole' | 'all';
  /** When the session has a run already: wait in order (enqueue, the default), refuse with session.busy (reject), end that one with run.interrupted and go next (interrupt), or say the prompt to the one that runs, which is answered then (steer; of the request only the prompt counts; not with a command, attachments or outputSchema). */
  readonly busyPolicy?: 'enqueue' | 'reject' | 'interrupt' | 'steer';
  /** Among one’s own waiting runs: each step counts like a minute of waiting. Default: 0. */
  readonly priority?: number;
  /** Not before this moment (ISO 8601 with a zone); at most 30 days ahead. */
  readonly startAt?: string;
  /** Attempts that may fail in a way that passes, or be lost with their worker, before the run fails; the operator bounds it. 1: none is repeated. Default: STEWARD_RUN_ATTEMPTS. */
  readonly maxAttempts?: number;
  /** Tools that no rule names, questions and plans of the agent: denied at once (deny), or asked of people (ask; see docs/approvals.md). Default: STEWARD_APPROVALS. */
  readonly approvals?: 'deny' | 'ask';
  /** Milliseconds that each approval waits for an answer; the operator bounds it. Default: STEWARD_APPROVAL_TIMEOUT_MS. */
  readonly approvalTimeoutMs?: number;
  /** When nobody answers in time: deny and tell the model (the default), allow (questions are denied all the same), or deny and end the run (stop). */
  readonly approvalDefault?: 'deny' | 'allow' | 'stop';
  /** While the model, the credential or the start of agents is out of order (docs/outages.md): go on when it works again (wait), fail at once with breaker.open (fail), or go down the ladder: fallbackModel, fallback, then wait (degrade). Default: STEWARD_ON_OUTAGE. */
  readonly onOutage?: 'wait' | 'fail' | 'degrade';
  /** With onOutage: degrade, where the operator allows it: let the Messages API answer when the CLI cannot (api), with the conversation of the session and without tools. Default: none. */
  readonly fallback?: 'none' | 'api';
  /** Yours: at most 16 texts, shown with the run. */
  readonly metadata?: Readonly<Record<string, string>>;
};

/** A run, as every transport shows it. Times are ISO 8601 UTC. */
export type Run = {
  readonly id: string;
  readonly sessionId: string;
  readonly state: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  /** What it waits for while it is pending, beyond its turn; null otherwise. */
  readonly waitingFor: 'start_at' | 'retry' | 'rate_limit' | 'approval' | 'outage' | 'null';
  /** When that is over, or is tried next; null: nothing to wait for. */
  readonly waitingUntil: string | null;
  /** Attempts that were begun. */
  readonly attempts: number;
  readonly owner: Owner;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Seq of its newest event. */
  readonly lastSeq: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** How far it is, renewed about every second; null before it began. */
  readonly progress: RunProgress | null;
  /** What it does or waits for, renewed about every second; null when it has ended. */
  readonly activity: RunActivity | null;
  readonly result: RunResult | null;
  readonly usage: Usage;
  /** The same by model, auxiliary requests and subagents included. */
  readonly usageByModel: Readonly<Record<string, ModelCost>>;
  /** USD, a decimal. */
  readonly costUsd: string;
  readonly metering: Metering | null;
  readonly resources: RunResources | null;
  readonly error: RunError | null;
  /** Why it waits, or is tried again: what its last attempt met; null when it has ended. */
  readonly lastError: RunError | null;
  /** The step of the ladder that it is on, or ended on; null: it was carried as it was asked for. */
  readonly degraded: RunDegraded | null;
};

/** A slash command or skill that there is. */
export type SlashCommand = {
  /** Goes into `command.name`. */
  readonly name: string;
  readonly description: string;
  /** What `command.args` may hold, as a hint; empty for nothing. */
  readonly argumentHint: string;
};
