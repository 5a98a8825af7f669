import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 20_000;

interface Swept {
  readonly ended: number;
  /** Processes that could not be ended. */
  readonly remaining: number;
}

/**
 * Ends what is left where server and keepers died at once. Found by mark, never by name; what belongs to a living
 * server is left alone (docs/protocol.md, "The sweep").
 */
export async function sweep(
  [program, ...words]: readonly string[],
  markPrefix: string,
  env: Readonly<Record<string, string>>,
): Promise<Swept> {
  const { stdout } = await run(program!, [...words, '--sweep', markPrefix], { env, timeout: TIMEOUT_MS });
  const { ended = [], remaining = 0 } = JSON.parse(stdout) as { ended?: readonly unknown[]; remaining?: number };
  return { ended: ended.length, remaining };
}
