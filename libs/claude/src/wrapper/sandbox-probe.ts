import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { within } from './within.js';

const PROBE_TIMEOUT_MS = 20_000;
/** The CLI tells its version also where its user cannot reach its folders by their path, which a run needs. */
const PROBE =
  'cd "$HOME" 2>/dev/null || { echo "its user cannot reach the data folder: a folder above it lets nobody pass" >&2; exit 1; }; exec "$0" --version';
/** How long a supervisor that was killed may take to be gone with all that it kept. */
const END_MS = 2000;
/**
 * The one signal by which a sandbox refuses something (a call that it does not allow). Any other death says nothing of
 * it: somebody may have sent the signal, or memory was short. Bubblewrap tells it as an exit code.
 */
const REFUSED = 'SIGSYS';
const REFUSED_CODE = 128 + 31;
/** The host was out of something for a moment. */
const SHORTAGES = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY'];

export interface SandboxProbe {
  /** Starts a supervisor that keeps what follows it. */
  readonly supervisor: readonly string[];
  /** The sandbox, as options of the supervisor. */
  readonly arguments: readonly string[];
  readonly cliPath: string;
  /** HOME and everything else that the CLI may write. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** By which a sweep sees that the probe has a keeper: its user may be one of another server's agents. */
  readonly mark: string;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
}

export interface ProbeOutcome {
  /** Empty when the CLI told its version; else why it did not. */
  readonly reason: string;
  /** Whether that is this host's answer; else the probe was disturbed and has to be made again. */
  readonly isCertain: boolean;
  /** Whether it took its whole time. */
  readonly isSlow?: boolean;
}

/** What the supervisor tells, as far as a probe asks. */
interface Told {
  readonly type?: string;
  readonly code?: string | number | null;
  readonly signal?: string | null;
  readonly reason?: string;
  readonly message?: string;
  readonly errno?: string;
}

/** Has the CLI tell its version in a sandbox. Nothing of it is left when it is told, but what cannot be killed. */
export async function probeSandbox(probe: SandboxProbe): Promise<ProbeOutcome> {
  const [program, ...words] = probe.supervisor;
  const own = ['--mark', probe.mark, '--owner-pid', String(process.pid), ...probe.arguments];
  const child = spawn(program!, [...words, ...own, '--', '/bin/sh', '-c', PROBE, probe.cliPath], {
    cwd: probe.home,
    env: { ...probe.env, STEWARD_MARK: probe.mark },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close').catch((error: Error) => error);
  let [said, complained, control] = ['', '', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complained += text));
  // The control channel has to be read, or the supervisor takes the server for gone.
  (child.stdio[3] as NodeJS.ReadableStream)
    .setEncoding('utf8')
    .on('data', (text: string) => (control += text))
    .on('error', () => undefined);
  const over = new AbortController();
  const aborted = probe.signal.aborted || once(probe.signal, 'abort', { signal: over.signal });
  const isInTime = await within(PROBE_TIMEOUT_MS, Promise.race([closed, aborted]));
  over.abort();
  if (!isInTime || probe.signal.aborted) {
    // Whoever kept it with the supervisor ends it then; one that was stopped would hear nothing else.
    child.kill('SIGKILL');
    await within(END_MS, closed);
    for (const stream of child.stdio) stream?.destroy();
    return { reason: probe.signal.aborted ? 'the server ends' : 'it took too long', isCertain: false, isSlow: true };
  }
  const failed = await closed;
  if (failed instanceof Error) return { reason: failed.message, isCertain: false };
  if (/\d+\.\d+\.\d+/.test(said)) return { reason: '', isCertain: true };
  return judged(messagesOf(control), complained);
}

function judged(told: readonly Told[], complained: string): ProbeOutcome {
  const failed = told.find(({ type }) => type === 'error');
  if (failed) {
    const isCertain = failed.code === 'spawn_failed' && !SHORTAGES.includes(failed.errno ?? '');
    const missing = failed.errno === 'ENOENT' ? 'a program for it is not installed (bubblewrap)' : failed.message;
    return { reason: missing ?? 'it does not start', isCertain };
  }
  const exited = told.find(({ type }) => type === 'exited');
  const code = typeof exited?.code === 'number' ? exited.code : null;
  const wasEnded =
    exited === undefined ||
    !['exit', 'signal'].includes(exited.reason ?? '') ||
    (exited.signal ?? REFUSED) !== REFUSED ||
    (code !== null && code > 128 && code !== REFUSED_CODE);
  const how = exited?.signal ?? (code === null ? 'an unknown cause' : `exit code ${code}`);
  if (wasEnded) return { reason: `its trial was ended by ${how}`, isCertain: false };
  return { reason: lastLine(complained) || `the CLI does not start in it (${how})`, isCertain: true };
}

function messagesOf(control: string): Told[] {
  return control
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Told);
}

const lastLine = (text: string): string => text.trim().split('\n').filter(Boolean).at(-1)?.slice(-200) ?? '';
