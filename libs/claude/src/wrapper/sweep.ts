import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 15_000;

export interface SweepOptions {
  readonly pythonPath: string;
  readonly wrapperPath: string;
  /** Beginning of the marks of the agent processes in question. */
  readonly prefix: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Ends what is left where server and keepers died at once (docs/protocol.md). @returns how many it ended */
export async function sweep({ pythonPath, wrapperPath, prefix, environment }: SweepOptions): Promise<number> {
  const words = ['-S', '-E', '-s', wrapperPath, '--sweep', prefix];
  const { stdout } = await run(pythonPath, words, { env: environment, timeout: TIMEOUT_MS });
  const { ended = [] } = JSON.parse(stdout) as { ended?: readonly unknown[] };
  return ended.length;
}
