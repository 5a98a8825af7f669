import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type SchemaProblem } from './output-schema.js';

/** How many places are told, and how much of each. */
const MAX_PROBLEMS = 10;
const MAX_CHARACTERS = 300;
const TIMEOUT_MS = 10_000;
const MAX_HEAP_MB = 256;

// The compiled file beside the compiled one; the source beside the source, where tests run it.
const WORKER = new URL(`./output-check.worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/**
 * Where a structured output does not fit its schema; empty when it fits.
 *
 * Both come from outside: a pattern can take for ever on a text that was made for it, and schemas that refer to each
 * other can multiply. So it happens beside the event loop, in bounded time and memory; what does not come to an end
 * counts as wrong.
 *
 * @param schema one without problems (`schemaProblems`), in its plain form (`plainSchema`)
 * @param timeoutMs for all of it
 */
export async function outputProblemsOf(
  schema: Readonly<Record<string, unknown>>,
  value: unknown,
  timeoutMs: number = TIMEOUT_MS,
): Promise<readonly SchemaProblem[]> {
  const worker = new Worker(WORKER, {
    workerData: { schema, value },
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  try {
    return await answerOf(worker, timeoutMs);
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker, timeoutMs: number): Promise<readonly SchemaProblem[]> {
  return new Promise((resolve) => {
    const failed = (reason: string) => resolve([{ path: '', reason }]);
    const timer = setTimeout(() => failed(`could not be checked within ${timeoutMs} ms`), timeoutMs);
    worker.once('message', (problems: SchemaProblem[]) => resolve(problems.slice(0, MAX_PROBLEMS).map(bounded)));
    worker.once('error', (error: Error) => failed(`could not be checked: ${error.message}`));
    worker.once('exit', () => {
      clearTimeout(timer);
      failed('could not be checked');
    });
  });
}

const bounded = ({ path, reason }: SchemaProblem): SchemaProblem => ({
  path: path.slice(0, MAX_CHARACTERS),
  reason: reason.slice(0, MAX_CHARACTERS),
});
