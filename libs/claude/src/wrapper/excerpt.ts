/** Beyond the excerpt, so much is looked at for secrets: one that stands across its end is masked as well. */
export const LONGEST_SECRET = 4096;

/**
 * The beginning of a text with its secrets masked. Masked first and cut then: half a secret would pass for none.
 *
 * @param characters at most so many are shown
 */
export function excerptOf(text: string, characters: number, redact: (text: string) => string): string {
  return redact(text.slice(0, characters + LONGEST_SECRET)).slice(0, characters);
}
