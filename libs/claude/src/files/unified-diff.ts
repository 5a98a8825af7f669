import { type DiffLine, diffLines } from './line-diff.js';

const CONTEXT = 3;
const MISSING = '\\ No newline at end of file';

/**
 * What makes one text of another, as `diff -u` and `git apply` have it; empty when they are the same.
 *
 * @param before null: there was no file
 * @param after null: there is none
 */
export function unifiedDiff(path: string, before: string | null, after: string | null): string {
  const lines = diffLines(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines);
  if (hunks.length === 0) return '';
  const head = [before === null ? '--- /dev/null' : `--- ${quoted(`a/${path}`)}`];
  head.push(after === null ? '+++ /dev/null' : `+++ ${quoted(`b/${path}`)}`);
  return `${[...head, ...hunks.map((hunk) => text(lines, hunk))].join('\n')}\n`;
}

/** A last line without its line break is another line than one with it. */
function linesOf(content: string | null): string[] {
  if (content === null || content === '') return [];
  const lines = content.split('\n').map((line) => `${line}\n`);
  const last = lines.pop()!.slice(0, -1);
  return last === '' ? lines : [...lines, last];
}

interface Hunk {
  readonly from: number;
  readonly to: number;
}

function hunksOf(lines: readonly DiffLine[]): Hunk[] {
  const hunks: { from: number; to: number }[] = [];
  lines.forEach(({ sign }, index) => {
    if (sign === ' ') return;
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(lines.length, index + CONTEXT + 1)];
    const last = hunks.at(-1);
    if (last && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  });
  return hunks;
}

function text(lines: readonly DiffLine[], { from, to }: Hunk): string {
  const count = (part: readonly DiffLine[], without: '-' | '+') => part.filter(({ sign }) => sign !== without).length;
  const [above, within] = [lines.slice(0, from), lines.slice(from, to)];
  const range = (without: '-' | '+') => {
    const length = count(within, without);
    // A side without lines is named by the line before it.
    return `${count(above, without) + (length === 0 ? 0 : 1)},${length}`;
  };
  const body = within.map(({ sign, line }) =>
    line.endsWith('\n') ? `${sign}${line.slice(0, -1)}` : `${sign}${line}\n${MISSING}`,
  );
  return [`@@ -${range('+')} +${range('-')} @@`, ...body].join('\n');
}

/** As git writes names that would break its lines. */
const quoted = (path: string): string => (/["\\\p{Cc}]/u.test(path) ? JSON.stringify(path) : path);
