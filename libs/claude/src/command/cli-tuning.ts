/**
 * What makes the CLI's JavaScript engine answer sooner, by measurement (docs/warm-processes.md, "A CLI that answers
 * sooner"). A process of the CLI serves a few hundred prompts and runs very much code a few times each:
 *
 * - The engine's last compiler takes more time than it wins back; the one before it is worth asking earlier.
 * - Its own allocator gives memory back while a process waits and faults it in again under the next prompt; the C
 *   library's, which this variable of WebKit's chooses, keeps it (up to 20 MiB of each process).
 *
 * These names are no stable interface of Bun's: a CLI that does not know one of them does not start. So it is asked
 * before (`locateCli`).
 */
const ENGINE = {
  BUN_JSC_useFTLJIT: '0',
  BUN_JSC_thresholdForOptimizeAfterWarmUp: '500',
  BUN_JSC_thresholdForOptimizeAfterLongWarmUp: '500',
  BUN_JSC_thresholdForOptimizeSoon: '500',
};
const ALLOCATOR = { Malloc: '1' };

export interface CliTuning {
  readonly variables: Readonly<Record<string, string>>;
  /** File with `FORGET_TUNING`. */
  readonly shellSetup: string;
}

/** @param usesMusl whether the C library is musl's, whose allocator is slow with threads */
export function tuningVariables(usesMusl: boolean): CliTuning['variables'] {
  return usesMusl ? ENGINE : { ...ENGINE, ...ALLOCATOR };
}

/**
 * A bash of the first level whose stdin is a socket, as the CLI's are, takes itself for one that a network daemon
 * started: it reads `~/.bashrc` and not `BASH_ENV`. That is a word in double quotes to it, and not a path as it stands.
 */
export const tunedEnvironment = ({ variables, shellSetup }: CliTuning) => ({
  ...variables,
  BASH_ENV: shellSetup.replace(/[\\$`"]/g, '\\$&'),
  SHLVL: '1',
});

/**
 * Shell commands that take the tuning away again, for a bash that the CLI starts: what an agent runs is not the CLI. A
 * bash that is to become the CLI, where that is a script, keeps it; the CLI sets `CLAUDECODE` for its commands.
 */
export const FORGET_TUNING = `[ -z "\${CLAUDECODE-}" ] || unset BASH_ENV ${Object.keys({ ...ENGINE, ...ALLOCATOR }).join(' ')}\n`;
