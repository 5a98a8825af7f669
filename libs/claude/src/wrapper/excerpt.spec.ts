import { expect, it } from 'vitest';
import { redact } from '../error/index.js';
import { excerptOf } from './excerpt.js';
import { StderrTail } from './stderr-tail.js';

const SECRET = 'marzipan-4711-potato';
const masked = (text: string): string => redact(text, [SECRET]);

it('a secret is masked wherever the excerpt ends', () => {
  for (let before = 170; before <= 200; before += 1) {
    const shown = excerptOf('x'.repeat(before) + SECRET + ' and more', 200, masked);
    expect(shown.length).toBeLessThanOrEqual(200);
    expect(shown).not.toContain(SECRET.slice(0, 3));
  }
});

it.each([
  ['at the cut of a line', `${'x'.repeat(490)}${SECRET}\nlast words\n`],
  ['at the cut of a line that has not ended', `last words\n${'x'.repeat(490)}${SECRET}`],
  ['behind the cut of a line that has not ended', `last words\n${'x'.repeat(20_000)}${SECRET}${'y'.repeat(490)}`],
])('stderr: a secret %s, whatever the chunks', (_where, text) => {
  for (const size of [7, 500, 100_000]) {
    const tail = new StderrTail();
    for (let at = 0; at < text.length; at += size) tail.push(text.slice(at, at + size));
    const shown = tail.text(masked);
    expect(shown).toContain('last words');
    expect(shown).not.toMatch(/marz|4711|tato/);
    expect(shown.length).toBeLessThan(600);
  }
});

it('stderr: of many lines the last ones are kept', () => {
  const tail = new StderrTail();
  for (let line = 0; line < 1000; line += 1) tail.push(`line ${line}\n`);
  const lines = tail.text(masked).split('\n');
  expect([lines.length, lines.at(-1)]).toEqual([40, 'line 999']);
});
