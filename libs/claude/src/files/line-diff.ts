/** A line of a change: kept, removed or added. */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** Beyond so many differences what differs is told as replaced as a whole: the search takes their square. */
const MAX_DIFFERENCES = 1000;

/** The lines of both texts in one order, with as few changes as there can be (Myers, An O(ND) Difference Algorithm). */
export function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let [endA, endB] = [before.length, after.length];
  while (endA > start && endB > start && before[endA - 1] === after[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const kept = (line: string): DiffLine => ({ sign: ' ', line });
  return [
    ...before.slice(0, start).map(kept),
    ...shortest(before.slice(start, endA), after.slice(start, endB)),
    ...before.slice(endA).map(kept),
  ];
}

function shortest(a: readonly string[], b: readonly string[]): DiffLine[] {
  const trace = search(a, b);
  return trace ? path(a, b, trace) : [...a.map(removed), ...b.map(added)];
}

const removed = (line: string): DiffLine => ({ sign: '-', line });
const added = (line: string): DiffLine => ({ sign: '+', line });

/** For each number of differences, how far each diagonal came; null when there are too many. */
function search(a: readonly string[], b: readonly string[]): Int32Array[] | null {
  const limit = Math.min(a.length + b.length, MAX_DIFFERENCES);
  const reach = new Int32Array(2 * limit + 3);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= limit; d += 1) {
    trace.push(reach.slice(limit + 1 - d - 1, limit + 1 + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const at = limit + 1 + k;
      const down = k === -d || (k !== d && reach[at - 1]! < reach[at + 1]!);
      let x = down ? reach[at + 1]! : reach[at - 1]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach[at] = x;
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return null;
}

/** The way back from the end, one difference a step. */
function path(a: readonly string[], b: readonly string[], trace: readonly Int32Array[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = trace.length - 1; d >= 0; d -= 1) {
    const reach = trace[d]!;
    const reached = (diagonal: number) => reach[diagonal + d + 1]!;
    const k = x - y;
    const down = k === -d || (k !== d && reached(k - 1) < reached(k + 1));
    const fromX = d === 0 ? 0 : reached(down ? k + 1 : k - 1);
    const fromY = d === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    while (x > fromX && y > fromY) lines.push({ sign: ' ', line: a[((x -= 1), (y -= 1), x)]! });
    if (d === 0) break;
    lines.push(down ? added(b[(y -= 1)]!) : removed(a[(x -= 1)]!));
  }
  return lines.toReversed();
}
