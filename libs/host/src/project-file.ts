import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A file of the project by its path from the root, found upwards from a module: sources and the build lie at
 * different depths.
 *
 * @throws Error when no folder above holds it
 */
export function findProjectFile(from: string, path: string): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const candidate = join(folder, path);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) throw new Error(`${path} is missing from this installation`);
  }
}
