/** Whether a JSON value has more levels of objects and lists than this; without recursion, since it may have very many. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= levels; depth += 1) {
    level = level.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** Whether a JSON value, or anything in it, has an entry of this name; without recursion, too. */
export function hasEntry(value: unknown, name: string): boolean {
  const parts: unknown[] = [value];
  while (parts.length > 0) {
    const part = parts.pop();
    if (typeof part !== 'object' || part === null) continue;
    if (Object.hasOwn(part, name)) return true;
    for (const inner of Object.values(part)) parts.push(inner);
  }
  return false;
}
