import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type ClaudeOptions } from './claude.settings.js';
import { type Environment } from './load-settings.js';

/** How often at most a file is looked at for a newer credential. */
const LOOK_MS = 1000;

/** What can stand in a header; of anything else no request could be made. */
export const CREDENTIAL_FORM = /^[\x21-\x7e]+$/;

/** What the model provider wants to see; one of them, or both. */
export interface ModelCredential {
  readonly apiKey: string | null;
  readonly authToken: string | null;
}

interface Source {
  readonly field: keyof ModelCredential;
  readonly file: string | null;
  seen: string;
}

/**
 * The operator's credential. One that came from a file is read again when the file changes, so that it can be replaced
 * while the server runs. A file that is missing, empty, or no credential leaves the one before as it is.
 */
export class ModelCredentials {
  private credential: ModelCredential;
  private readonly sources: readonly Source[];
  /** Also those that were replaced: they may still stand in a text. */
  private readonly known = new Set<string>();
  private lookedAt = -Infinity;

  constructor(options: Pick<ClaudeOptions, 'anthropicApiKey' | 'anthropicAuthToken'>, env: Environment) {
    this.credential = { apiKey: options.anthropicApiKey, authToken: options.anthropicAuthToken };
    const fileOf = (name: string) => env[`${name}_FILE`]?.trim() || null;
    this.sources = [
      { field: 'apiKey', file: fileOf('ANTHROPIC_API_KEY'), seen: '' },
      { field: 'authToken', file: fileOf('ANTHROPIC_AUTH_TOKEN'), seen: '' },
    ];
    this.remember();
  }

  /** The credential as it stands; null when there is none. */
  get value(): ModelCredential | null {
    const { apiKey, authToken } = this.credential;
    return apiKey === null && authToken === null ? null : this.credential;
  }

  /** Whether there is a file to read again. */
  get isReplaceable(): boolean {
    return this.sources.some(({ file }) => file !== null);
  }

  /** Texts that must be shown nowhere. */
  get secrets(): readonly string[] {
    return [...this.known];
  }

  /** The credential for a request that begins now. */
  async current(): Promise<ModelCredential | null> {
    const now = performance.now();
    if (now - this.lookedAt < LOOK_MS) return this.value;
    this.lookedAt = now;
    for (const source of this.sources) {
      const mark = source.file === null ? '' : await markOf(source.file);
      if (mark === source.seen || mark === '') continue;
      source.seen = mark;
      this.read(source);
    }
    return this.value;
  }

  /** Reads every file again, whatever its dates say. @returns whether something changed */
  reload(): boolean {
    const before = this.credential;
    for (const source of this.sources) this.read(source);
    return before.apiKey !== this.credential.apiKey || before.authToken !== this.credential.authToken;
  }

  private read({ field, file }: Source): void {
    if (file === null) return;
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (CREDENTIAL_FORM.test(text)) this.credential = { ...this.credential, [field]: text };
      this.remember();
    } catch {
      // Being replaced at this moment: the next look finds it.
    }
  }

  private remember(): void {
    for (const secret of Object.values(this.credential) as (string | null)[]) if (secret) this.known.add(secret);
  }
}

/** Changes whenever the content may have changed, also by a link that points elsewhere. */
const markOf = (file: string): Promise<string> =>
  stat(file).then(
    ({ mtimeMs, ctimeMs, size, ino }) => `${mtimeMs}:${ctimeMs}:${size}:${ino}`,
    () => '',
  );
