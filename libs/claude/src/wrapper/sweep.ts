import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Logger } from '@nestjs/common';

const run = promisify(execFile);
const TIMEOUT_MS = 20_000;

/**
 * Ends what an earlier server left where it and both keepers of an agent process were killed at once. Found by mark,
 * never by name; what belongs to a living server is left alone (docs/protocol.md, "The sweep").
 */
export async function sweep([program, ...words]: readonly string[], markPrefix: string, logger: Logger): Promise<void> {
  if (program === undefined) return;
  try {
    const { stdout } = await run(program, [...words, '--sweep', markPrefix], { timeout: TIMEOUT_MS });
    const { ended, remaining } = JSON.parse(stdout) as { ended: unknown[]; remaining: number };
    if (ended.length > 0 || remaining > 0)
      logger.warn({ ended, remaining }, 'ended what an earlier server left running');
  } catch (error) {
    logger.error({ reason: (error as Error).message }, 'looking for leftovers of an earlier server failed');
  }
}
