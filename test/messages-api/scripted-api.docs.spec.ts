import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { compileScript, DIRECTIVE_NAMES } from './script/script.compiler.js';

const page = await readFile(new URL('../../docs/scripted-api.md', import.meta.url), 'utf8');

/** What the tables of the page show between backticks, as it would stand in a prompt. */
const examples = [...page.matchAll(/^\| (`\[\[.*?`)\s+\|/gm)]
  .flatMap((row) => row[1]!.split('`, `'))
  .map((cell) => cell.replaceAll('`', '').replaceAll('\\|', '|').replaceAll('{json}', '{"a":1}'));

it.each(DIRECTIVE_NAMES)('the page describes [[%s]]', (name) => {
  expect(examples.some((example) => example.startsWith(`[[${name}`))).toBe(true);
});

it.each(examples)('the example %s works', (example) => {
  expect(compileScript(example)).toBeDefined();
});
