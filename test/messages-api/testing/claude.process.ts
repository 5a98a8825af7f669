import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const CLAUDE = fileURLToPath(new URL('../../../node_modules/.bin/claude', import.meta.url));
const FLAGS = ['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];
const ALONE = ['--include-partial-messages', '--setting-sources', '', '--strict-mcp-config'];
const DEADLINE_MS = 30_000;

/** One line that the CLI printed. */
export type Message = Record<string, any>;

export interface ClaudeOptions {
  url: string;
  args?: string[];
  env?: Record<string, string>;
  /** Another process's folder, to resume its session. */
  folder?: string;
  /** Answers what the CLI asks, such as permissions; undefined leaves it unanswered. */
  onRequest?: (request: Message) => Message | undefined;
}

/** The real CLI against a scripted API, with a home and a workspace of its own and nothing inherited but PATH. */
export class Claude {
  readonly messages: Message[] = [];
  private readonly waiters = new Set<() => void>();
  private ended = false;

  private constructor(
    readonly folder: string,
    private readonly child: ChildProcessByStdio<Writable, Readable, Readable>,
    private readonly options: ClaudeOptions,
  ) {
    createInterface({ input: child.stdout }).on('line', (line) => this.take(JSON.parse(line) as Message));
    child.stderr.resume();
    child.once('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  static async start(options: ClaudeOptions): Promise<Claude> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'messages-api-')));
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      CLAUDE_CONFIG_DIR: join(folder, '.claude'),
      ANTHROPIC_BASE_URL: options.url,
      ANTHROPIC_API_KEY: 'scripted',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_MAX_RETRIES: '2',
      CLAUDE_CODE_EAGER_FLUSH: '1',
      ...options.env,
    };
    const args = [...FLAGS, ...ALONE, ...(options.args ?? [])];
    const child = spawn(CLAUDE, args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
    return new Claude(folder, child, options);
  }

  /** Sends a prompt and waits for its result. */
  async run(prompt: string): Promise<Message> {
    const from = this.messages.length;
    this.send(prompt);
    return this.find((message) => message['type'] === 'result', from);
  }

  send(prompt: string): void {
    this.write({ type: 'user', message: { role: 'user', content: prompt }, parent_tool_use_id: null });
  }

  /** Sends a control request and waits for its answer. */
  async control(request: Message): Promise<Message> {
    const id = randomUUID();
    this.write({ type: 'control_request', request_id: id, request });
    const answer = await this.find(({ type, response }) => type === 'control_response' && response.request_id === id);
    return answer['response'] as Message;
  }

  /** Waits for a message from a position on. */
  async find(wanted: (message: Message) => boolean, from = 0): Promise<Message> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const found = this.messages.slice(from).find(wanted);
      if (found !== undefined) return found;
      if (this.ended || Date.now() > deadline)
        throw new Error(`the CLI did not say it: ${JSON.stringify(this.messages.slice(from)).slice(-2_000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.waiters.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** The tool results that the CLI printed, as text. */
  get toolResults(): string[] {
    return this.messages
      .filter(({ type }) => type === 'user')
      .flatMap(({ message }) => (Array.isArray(message.content) ? (message.content as Message[]) : []))
      .filter(({ type }) => type === 'tool_result')
      .map(({ content }) =>
        typeof content === 'string' ? content : (content as Message[]).map(({ text }) => text as string).join('\n'),
      );
  }

  kill(): Promise<void> {
    return this.end(() => this.child.kill('SIGKILL'));
  }

  /** Ends the process and keeps its folder. */
  stop(): Promise<void> {
    return this.end(() => this.child.stdin.end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private async end(how: () => void): Promise<void> {
    if (this.ended) return;
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    how();
    await closed;
  }

  private take(message: Message): void {
    this.messages.push(message);
    if (message['type'] === 'control_request') {
      const response = this.options.onRequest?.(message['request'] as Message);
      if (response !== undefined) {
        this.write({
          type: 'control_response',
          response: { subtype: 'success', request_id: message['request_id'], response },
        });
      }
    }
    this.wake();
  }

  private wake(): void {
    for (const waiter of this.waiters) waiter();
    this.waiters.clear();
  }

  private write(line: Message): void {
    this.child.stdin.write(`${JSON.stringify(line)}\n`);
  }
}
