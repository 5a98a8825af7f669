import { createHash } from 'node:crypto';

/** For texts that are too long to be shown when they differ. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
