import { type Duplex } from 'node:stream';

/** How an agent process ended, as its supervisor saw it (docs/protocol.md). */
export interface ExitReport {
  readonly code: number | null;
  readonly signal: string | null;
  /** First reason: exit, stop, signal, lease, parent_gone, supervisor_lost, spawn_failed, … */
  readonly reason: string;
  readonly descendantsEnded: number;
  /** Processes that could not be ended; 0 unless the host refuses. */
  readonly remaining: number;
  readonly cpuMs: number;
  readonly maxRssBytes: number;
}

/** Memory and CPU of an agent process with all its descendants. */
export interface ResourceSample {
  readonly memoryBytes: number;
  readonly cpuMs: number;
  readonly processes: number;
  /** Living processes beside the program itself; null in a sample that nobody asked for. */
  readonly besideProgram: number | null;
}

/** A limit came near (`warn`), or was passed and ends the process (`end`). */
export interface LimitNotice {
  readonly name: string;
  readonly level: 'warn' | 'end';
  readonly value: number;
  readonly limit: number;
}

export interface ChannelHandlers {
  started(pid: number): void;
  error(code: string, errno: string | null): void;
  sample(sample: ResourceSample, id: number | null): void;
  limit(notice: LimitNotice): void;
  /** Bytes on disk of all that the agent may write. */
  workspace(bytes: number): void;
  exited(report: ExitReport): void;
  /** The channel closed: after `exited`, or because the supervisor is gone. */
  closed(): void;
}

type Fields = Record<string, unknown>;
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The control descriptor of one supervisor: NDJSON both ways. */
export class SupervisorChannel {
  private buffered = '';
  private outgoing = '';

  constructor(
    private readonly socket: Duplex,
    private readonly handlers: ChannelHandlers,
  ) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.receive(chunk));
    // A supervisor that is gone shows as the close that follows.
    socket.on('error', () => undefined);
    socket.once('close', () => handlers.closed());
  }

  /** Allows the tree to live until this moment of the monotonic clock, in milliseconds. */
  renew(untilMs: number): void {
    this.send({ type: 'renew', untilMs });
  }

  /** SIGTERM, and SIGKILL of the whole tree after the grace. */
  stop(graceMs: number): void {
    this.send({ type: 'stop', graceMs });
  }

  /** CPU time counts towards a run from here. */
  beginRun(): void {
    this.send({ type: 'run' });
  }

  endRun(): void {
    this.send({ type: 'idle' });
  }

  /** Asks for an exact sample, which comes with this id. */
  askSample(id: number): void {
    this.send({ type: 'sample', id });
  }

  close(): void {
    this.socket.destroy();
  }

  private send(message: Fields): void {
    // Between the two the event loop reads.
    if (this.outgoing === '') setImmediate(() => setImmediate(() => this.flush()));
    this.outgoing += `${JSON.stringify(message)}\n`;
  }

  /**
   * Only after what lies there was read: a write that finds nobody at the other end destroys the socket, and with it the
   * last words of a supervisor that has gone. It waits for them to be read, but not for long.
   */
  private flush(): void {
    if (this.socket.writable) this.socket.write(this.outgoing);
    this.outgoing = '';
  }

  private receive(chunk: string): void {
    const lines = (this.buffered + chunk).split('\n');
    this.buffered = lines.pop() ?? '';
    for (const line of lines) {
      const message = messageOf(line);
      if (message) this.handle(message);
    }
  }

  private handle(message: Fields): void {
    switch (message['type']) {
      case 'started':
        return this.handlers.started(number(message['pid']));
      case 'error':
        return this.handlers.error(String(message['code']), textOrNull(message['errno']));
      case 'sample':
        return this.handlers.sample(sampleOf(message), typeof message['id'] === 'number' ? message['id'] : null);
      case 'limit':
        return this.handlers.limit(limitOf(message));
      case 'workspace':
        return this.handlers.workspace(number(message['bytes']));
      case 'exited':
        this.handlers.exited(reportOf(message));
        // It waits for that.
        return void this.socket.end();
      default:
        return;
    }
  }
}

/** Null for what is no message: a supervisor that is killed while it writes leaves half a line, or an empty one. */
function messageOf(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}

const sampleOf = (message: Fields): ResourceSample => ({
  // Where it is known, memory without counting shared pages twice.
  memoryBytes: number(message['pssBytes']) || number(message['rssBytes']),
  cpuMs: number(message['cpuMs']),
  processes: number(message['processes']),
  besideProgram: typeof message['besideProgram'] === 'number' ? message['besideProgram'] : null,
});

const limitOf = (message: Fields): LimitNotice => ({
  name: String(message['name']),
  level: message['level'] === 'end' ? 'end' : 'warn',
  value: number(message['value']),
  limit: number(message['limit']),
});

function reportOf(message: Fields): ExitReport {
  const usage = (message['rusage'] ?? {}) as Fields;
  return {
    code: typeof message['code'] === 'number' ? message['code'] : null,
    signal: textOrNull(message['signal']),
    reason: textOrNull(message['reason']) ?? 'exit',
    descendantsEnded: number(message['descendantsEnded']),
    remaining: number(message['remaining']),
    cpuMs: number(usage['userMs']) + number(usage['systemMs']),
    maxRssBytes: number(usage['maxRssBytes']),
  };
}
