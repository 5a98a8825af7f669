import { spawn } from 'node:child_process';

const PROBE_TIMEOUT_MS = 20_000;
/** The CLI tells its version also where its user cannot reach its folders by their path, which a run needs. */
const PROBE =
  'cd "$HOME" 2>/dev/null || { echo "its user cannot reach the data folder: a folder above it lets nobody pass" >&2; exit 1; }; exec "$0" --version';
/** Ends that say nothing of the sandbox: anybody may have sent them, the kernel as well when memory was short. */
const STRANGERS: readonly (string | null | undefined)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];
/** Bubblewrap tells the death of its program by signal as an exit code: 128 and the signal's number. */
const STRANGERS_CODES: readonly (number | null | undefined)[] = [129, 130, 137, 143];
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
}

export interface ProbeOutcome {
  /** Empty when the CLI told its version; else why it did not. */
  readonly reason: string;
  /** Whether that is this host's answer; else the probe was disturbed and has to be made again. */
  readonly isCertain: boolean;
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

/** Has the CLI tell its version in a sandbox. */
export function probeSandbox(probe: SandboxProbe): Promise<ProbeOutcome> {
  const [program, ...words] = probe.supervisor;
  const own = ['--mark', probe.mark, '--owner-pid', String(process.pid), ...probe.arguments];
  const child = spawn(program!, [...words, ...own, '--', '/bin/sh', '-c', PROBE, probe.cliPath], {
    cwd: probe.home,
    env: { ...probe.env, STEWARD_MARK: probe.mark },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: PROBE_TIMEOUT_MS,
  });
  let [said, complained, control] = ['', '', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complained += text));
  // The control channel has to be read, or the supervisor takes the server for gone.
  (child.stdio[3] as NodeJS.ReadableStream)
    .setEncoding('utf8')
    .on('data', (text: string) => (control += text))
    .on('error', () => undefined);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ reason: error.message, isCertain: false }));
    child.once('close', () => {
      const works = /\d+\.\d+\.\d+/.test(said);
      resolve(works ? { reason: '', isCertain: true } : judged(messagesOf(control), complained));
    });
  });
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
    STRANGERS.includes(exited.signal) ||
    STRANGERS_CODES.includes(code);
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
