import { expect, it } from 'vitest';
import { steeringText } from './steering-text.js';

it.each([
  ['/clear', ['command']],
  ['  /config model=x', ['command']],
  ['/mcp__server__prompt', ['command']],
  ['read @/etc/hostname', ['mention']],
  ['/review @./file', ['command', 'mention']],
  ['/etc/hosts is a file', []],
  ['mail me at a@b.example', []],
  ['1 / 2', []],
  ['', []],
])('%j has in it what the CLI would act on: %j', (prompt, found) => {
  expect(steeringText(prompt)).toEqual(found);
});
