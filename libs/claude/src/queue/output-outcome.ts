import { type CliProfile, outputProblemsOf, type RunTranslator } from '../command/index.js';
import { ClaudeError } from '../error/index.js';
import { type RunOutcome } from './run-outcome.js';

/**
 * The outcome of a run with an output schema. The CLI alone vouches so far for what it gave: here it is checked again.
 * A run without an output that fits has failed, with the places that do not fit in `details.errors`, and what the model
 * gave in `result.text`.
 */
export async function withCheckedOutput(
  outcome: RunOutcome,
  { outputSchema }: Pick<CliProfile, 'outputSchema'>,
  { newestOutput, partialText }: Pick<RunTranslator, 'newestOutput' | 'partialText'>,
): Promise<RunOutcome> {
  const { result, error } = outcome;
  if (outputSchema === null || !result || (error !== null && error.code !== 'output.invalid')) return outcome;
  const output = error === null ? result.structured : newestOutput;
  const errors = output === undefined ? [] : await outputProblemsOf(outputSchema, output);
  if (error === null && errors.length === 0) return outcome;
  const reason = (error?.details['reason'] as string | undefined) ?? 'its output does not fit';
  const text = result.text || (output === undefined ? partialText : JSON.stringify(output));
  return {
    ...outcome,
    type: 'run.failed',
    state: 'failed',
    error: new ClaudeError('output.invalid', { ...error?.details, reason, errors }).toView(),
    result: { ...result, text, structured: null },
  };
}
