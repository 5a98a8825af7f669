import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { randomUUID } from 'node:crypto';

import { type RedisConnections } from '@steward/redis';
import { once } from 'node:events';
import {
  CLAUDE_SETTINGS,
  ClaudeConfigService,
  loadSettings,
  newRunId,
  newSessionId,
} from '../../libs/claude/src/config/index.js';
import { ClaudeBreakerService } from '../../libs/claude/src/breaker/index.js';
import { type ClaudeError } from '../../libs/claude/src/error/index.js';
import { type ClaudeMetricsService } from '../../libs/claude/src/metrics/index.js';
import {
  ClaudeModelService,
  ModelBreakers,
  type ModelDoor,
  type ModelFact,
  ModelFacts,
  ModelLedgerStore,
  NO_LIMIT,
  type ServingOrder,
  type UsageSoFar,
} from '../../libs/claude/src/model/index.js';

const agent = new Agent({ keepAlive: true, maxSockets: 200 });

export interface Served {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
}

/** What a run of a test saw of itself. */
export interface Witness {
  readonly door: ModelDoor;
  readonly order: ServingOrder;
  readonly used: UsageSoFar[];
  readonly exhausted: ClaudeError[];
  readonly shut: ClaudeError[];
  /** Address and token, as its agent process would have them. */
  readonly url: string;
  readonly token: string;
}

/** The body of a request, as the CLI writes it: the model first. */
export const messagesBody = (prompt: string, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    model: 'claude-sonnet-4-6',
    messages: [{ role: 'user', content: prompt }],
    max_tokens: 1000,
    stream: true,
    ...more,
  });

export function open(url: string, headers: Readonly<Record<string, string>>, body: string) {
  const request = httpRequest(`${url}/v1/messages?beta=true`, {
    method: 'POST',
    agent,
    maxHeaderSize: 256 * 1024,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
  });
  request.end(body);
  return request;
}

/** A whole answer. @throws when it breaks off */
export async function ask(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Served> {
  const request = open(url, headers, body);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, bytes: Buffer.concat(chunks) };
}

/** Does something with these variables in the environment of this process. */
function underEnvironment<T>(variables: Readonly<Record<string, string>>, action: () => T): T {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return action();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** The gateway of one worker, alone: real HTTP on both sides, a real Redis, no CLI. */
export class GatewayBench implements AsyncDisposable {
  readonly told: ModelFact[] = [];

  private constructor(
    readonly service: ClaudeModelService,
    readonly ledger: ModelLedgerStore,
    readonly config: ClaudeConfigService,
  ) {}

  static async start(
    redis: RedisConnections,
    modelUrl: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<GatewayBench> {
    const credential: Record<string, string> = env['ANTHROPIC_API_KEY_FILE']
      ? {}
      : { ANTHROPIC_API_KEY: 'sk-ant-the-real-one' };
    const all: Record<string, string> = { ...credential, ANTHROPIC_BASE_URL: modelUrl, ...env };
    const config = underEnvironment(all, () => new ClaudeConfigService(loadSettings(CLAUDE_SETTINGS, all)));
    const nothing = () => undefined;
    const metrics = { count: nothing, add: nothing, observe: nothing, set: nothing } as unknown as ClaudeMetricsService;
    const ledger = new ModelLedgerStore(redis);
    const facts = new ModelFacts();
    const service = new ClaudeModelService(
      config,
      ledger,
      facts,
      metrics,
      new ModelBreakers(new ClaudeBreakerService(config, metrics), config),
    );
    await service.onModuleInit();
    const bench = new GatewayBench(service, ledger, config);
    facts.all.subscribe((fact) => bench.told.push(fact));
    return bench;
  }

  /** A process that serves a run. */
  async serve(more: Partial<ServingOrder> = {}): Promise<Witness> {
    const door = this.service.open();
    const [used, exhausted, shut]: [UsageSoFar[], ClaudeError[], ClaudeError[]] = [[], [], []];
    const order: ServingOrder = {
      runId: newRunId(),
      sessionId: newSessionId(),
      payer: { tenant: `t-${randomUUID()}`, user: 'u' },
      acceptedAt: new Date().toISOString(),
      isFirst: true,
      repeats: true,
      model: null,
      limits: { run: NO_LIMIT, day: NO_LIMIT, month: NO_LIMIT },
      record: null,
      observer: {
        used: (soFar) => used.push(soFar),
        exhausted: (error) => exhausted.push(error),
        shut: (error) => shut.push(error),
      },
      ...more,
    };
    await door.assign(order);
    const { ANTHROPIC_BASE_URL: url = '', ANTHROPIC_API_KEY: token = '' } = door.environment;
    return { door, order, used, exhausted, shut, url, token };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.onModuleDestroy();
  }
}
