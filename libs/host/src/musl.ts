import { readdirSync } from 'node:fs';

/** Whether musl's C library is installed here, as on Alpine: its loader has a name of its own. */
export function usesMusl(folder = '/lib'): boolean {
  try {
    return readdirSync(folder).some((name) => name.startsWith('ld-musl-'));
  } catch {
    return false;
  }
}
