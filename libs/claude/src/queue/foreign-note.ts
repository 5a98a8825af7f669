import { type ForeignAnswer } from '../session/index.js';

/** Of a request that the CLI has heard, this much says which it is. */
const HEARD_CHARACTERS = 200;

/** What the CLI is told of answers that were given in its session without it. */
export function foreignNote(answers: readonly ForeignAnswer[]): string {
  return [
    '[Steward] While you could not be reached, the model answered without you and without tools. These answers are part of this conversation; what they answer is not to be answered again.',
    ...answers.map(({ prompt, heard, answer }) =>
      heard
        ? `The request that begins with ${JSON.stringify(prompt.slice(0, HEARD_CHARACTERS))} was answered:\n${answer}`
        : `The user asked:\n${prompt}\n\nThe answer was:\n${answer}`,
    ),
  ].join('\n\n');
}
