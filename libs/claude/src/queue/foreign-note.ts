import { type ForeignAnswer } from '../session/index.js';

/** What the CLI is told of answers that were given in its session without it. */
export function foreignNote(answers: readonly ForeignAnswer[]): string {
  return [
    '[Steward] While you could not be reached, the model answered without you and without tools. These answers are part of this conversation; what they answer is not to be answered again.',
    ...answers.map(({ prompt, answer }) =>
      prompt === null
        ? `The answer to the last request that you have heard was:\n${answer}`
        : `The user asked:\n${prompt}\n\nThe answer was:\n${answer}`,
    ),
  ].join('\n\n');
}
