import { type ChildProcess, spawn } from 'node:child_process';
import { type Duplex, type Readable, type Writable } from 'node:stream';
import { type Deferred, deferred } from '../stream/index.js';
import { isDying } from './is-dying.js';
import { ResourceMeter } from './resource-meter.js';
import { tellKeeper } from './standby-keepers.js';
import { StderrTail } from './stderr-tail.js';
import { type ExitReport, type LimitNotice, type ResourceSample, SupervisorChannel } from './supervisor-channel.js';
import { within } from './within.js';

/** Beyond its own grace; then the supervisor is ended, and its warden ends the rest. */
const SLACK_MS = 3000;
/** After its last report the supervisor has only to end itself. */
const KEEPER_EXIT_MS = 1000;
/** A sample is asked for at the end of a run, which does not wait long for it. */
const SAMPLE_WAIT_MS = 150;

export interface SupervisedChildOptions {
  /** Interpreter and wrapper. */
  readonly supervisor: readonly string[];
  /** One that waits already; null: it is started now. */
  readonly keeper: ChildProcess | null;
  /** Options of the supervisor, `--` and the program with its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly renewDeadlineMs: number;
  /** Ends what carries the mark and has lost its keepers. */
  readonly sweep: () => Promise<void>;
  readonly onSample: (sample: ResourceSample) => void;
  readonly onLimit: (notice: LimitNotice) => void;
  readonly onWorkspace: (bytes: number) => void;
}

/** A program under its supervisor: its three streams, its figures, and its end. */
export class SupervisedChild {
  /** Resolves when the channel is closed: nothing of the tree is left then. */
  readonly exited: Promise<ExitReport>;
  readonly stderr = new StderrTail();
  readonly meter = new ResourceMeter();
  /** Why the program could not be started at all. */
  spawnErrno: string | null = null;
  private readonly end = deferred<ExitReport>();
  private readonly child: ChildProcess;
  private readonly channel: SupervisorChannel;
  private readonly renewal: NodeJS.Timeout;
  private readonly keeperGone = deferred();
  private readonly asked = new Map<number, Deferred>();
  private samples = 0;
  private program: number | undefined;
  private report: ExitReport | undefined;

  constructor(private readonly options: SupervisedChildOptions) {
    this.exited = this.end.promise;
    this.child = options.keeper ?? startKeeper(options);
    this.child.once('error', (error: NodeJS.ErrnoException) => {
      this.spawnErrno ??= error.code ?? 'spawn';
      this.channel.close();
    });
    this.child.once('exit', () => this.keeperGone.resolve());
    this.stdin.on('error', () => undefined);
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => this.stderr.push(chunk));
    this.channel = new SupervisorChannel(this.child.stdio[3] as unknown as Duplex, {
      started: (pid) => (this.program = pid),
      error: (code, errno) => {
        if (code === 'spawn_failed') this.spawnErrno = errno ?? code;
      },
      sample: (sample, id) => this.sampled(sample, id),
      limit: (notice) => {
        // What broke the limit was the peak, whether or not a sample saw it.
        if (notice.name === 'memory') this.meter.accept({ cpuMs: 0, memoryBytes: notice.value });
        options.onLimit(notice);
      },
      workspace: options.onWorkspace,
      exited: (report) => (this.report ??= report),
      closed: () => void this.closed(),
    });
    if (options.keeper) {
      const { command, environment, cwd } = options;
      tellKeeper(options.keeper, { arguments: command, environment, directory: cwd });
    }
    this.renew();
    this.renewal = setInterval(() => this.renew(), options.renewDeadlineMs / 4);
  }

  /** The outermost process of the tree; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Whether the program will say nothing more, which is known before the supervisor has told of its end. */
  get isDying(): boolean {
    return this.stdout.readableEnded || (this.program !== undefined && isDying(this.program));
  }

  get stdin(): Writable {
    return this.child.stdin as Writable;
  }

  get stdout(): Readable {
    return this.child.stdout as Readable;
  }

  beginRun(): void {
    this.meter.begin();
    this.channel.beginRun();
  }

  /** Brings the figures of the run up to date. */
  async endRun(): Promise<void> {
    const sampled = this.sample();
    this.channel.endRun();
    await sampled;
  }

  /** Asks for an exact sample and waits for it, but not long. */
  async sample(): Promise<void> {
    this.samples += 1;
    const id = this.samples;
    const answered = deferred();
    this.asked.set(id, answered);
    this.channel.askSample(id);
    await within(SAMPLE_WAIT_MS, Promise.race([answered.promise, this.exited]));
    this.asked.delete(id);
  }

  /** SIGTERM, SIGKILL of the tree after the grace, and the supervisor itself where even that does not help. */
  async terminate(graceMs: number): Promise<ExitReport> {
    this.channel.stop(graceMs);
    if (!(await within(graceMs + SLACK_MS, this.exited))) this.child.kill('SIGKILL');
    return this.exited;
  }

  private sampled(sample: ResourceSample, id: number | null): void {
    this.meter.sampled(sample);
    if (id === null) this.options.onSample(sample);
    else this.asked.get(id)?.resolve();
  }

  private renew(): void {
    this.channel.renew(Number(process.hrtime.bigint() / 1_000_000n) + this.options.renewDeadlineMs);
  }

  private async closed(): Promise<void> {
    clearInterval(this.renewal);
    // Who hears of the end must not find the supervisor still there.
    if (this.child.pid !== undefined) await within(KEEPER_EXIT_MS, this.keeperGone.promise);
    // No last report: both keepers were killed, and what the program had started may live. Or they gave up.
    const leftSomething = this.report ? this.report.remaining > 0 : this.spawnErrno === null;
    if (leftSomething) await this.options.sweep();
    const reason = this.spawnErrno === null ? 'supervisor_lost' : 'spawn_failed';
    this.report ??= { code: null, signal: null, reason, descendantsEnded: 0, remaining: 0, cpuMs: 0, maxRssBytes: 0 };
    this.meter.accept({ cpuMs: this.report.cpuMs, memoryBytes: this.report.maxRssBytes });
    this.end.resolve(this.report);
  }
}

function startKeeper({ supervisor, command, cwd, environment }: SupervisedChildOptions): ChildProcess {
  const [program, ...words] = supervisor;
  // In a session of its own: a Ctrl-C in the server's terminal is the server's to handle.
  return spawn(program!, [...words, ...command], {
    cwd,
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
}
