import { type Arena } from './arena.js';

const CHOICE = /^\{.*"context":"SandboxService".*"mode":"(?<mode>\w+)","ownUser":(?<ownUser>\w+).*$/gm;

/** Every worker, in each of its lives, kept agents apart as the first one did. */
export function wallsProof({ workers }: Arena): string[] {
  const choices = workers.flatMap(({ name, output }) =>
    [...output.matchAll(CHOICE)].map(({ groups }) => ({ name, walls: `${groups?.['mode']}/${groups?.['ownUser']}` })),
  );
  const expected = choices[0]?.walls;
  if (expected === undefined) return ['no worker told how it keeps agents apart'];
  return choices
    .filter(({ walls }) => walls !== expected)
    .map(({ name, walls }) => `${name} kept agents apart by ${walls}, others by ${expected}`);
}
