/** Where Redis is. */
export interface RedisOptions {
  /** `redis://` or `rediss://` URL; null: a private Redis of this server under `dataDir`. */
  readonly url: string | null;
  /** Folder of the private Redis: its data, its lock and its log. */
  readonly dataDir: string;
  /** Folder for a Redis that had to be fetched; may be shared between servers. */
  readonly cacheDir: string;
  /** PATH of the host, where a Redis program is looked for. */
  readonly searchPath: string;
  /** apt-get, when it is not the one on PATH. */
  readonly aptProgram?: string;
  /** Python 3, which ties the private Redis to the life of this process. */
  readonly pythonPath: string;
}

export const REDIS_OPTIONS = Symbol('REDIS_OPTIONS');

/** Redis cannot be had; the message says what to do. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
  /** Whether there is no Redis program at all; else one that does not start, or does not answer. */
  readonly isMissing: boolean;

  constructor(message: string, { isMissing = false, ...options }: ErrorOptions & { isMissing?: boolean } = {}) {
    super(message, options);
    this.isMissing = isMissing;
  }
}
