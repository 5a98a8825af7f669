import { type Page } from '../api.types.js';
import { type FileEntry, type WorkspaceDiff } from '../generated/api.generated.js';
import { type ApiCaller } from '../http/api.caller.js';
import { queryOf } from '../http/query.js';

interface Options {
  readonly signal?: AbortSignal;
}

export interface FileListOptions extends Options {
  /** A folder; default: the workspace itself. */
  readonly path?: string;
  /** Also what is in folders below. Default: false. */
  readonly recursive?: boolean;
  /** Entries of a page, 1 to 1000. Default: 200. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface FileWriteOptions extends Options {
  /** Only over the file that has this etag. */
  readonly ifMatch?: string;
  /** Only where nothing is. */
  readonly ifAbsent?: boolean;
}

/** Bytes, both ends included; without `to` up to the end. */
export interface ByteRange {
  readonly from: number;
  readonly to?: number;
}

/** The workspace of one session. Paths have slashes between names, and none in front. */
export class SessionFiles {
  constructor(
    private readonly caller: ApiCaller,
    private readonly session: string,
  ) {}

  /** A page of what is in a folder, each folder before what is in it. */
  list({ signal, ...query }: FileListOptions = {}): Promise<Page<FileEntry>> {
    return this.caller.json({
      method: 'GET',
      path: `${this.session}/files${queryOf(query)}`,
      signal,
      repeatable: true,
    });
  }

  /** The answer with the file: `arrayBuffer()`, `text()` or `body`; `headers` have type and etag. */
  read(path: string, { signal, range }: Options & { readonly range?: ByteRange } = {}): Promise<Response> {
    const headers: Record<string, string> = range ? { range: `bytes=${range.from}-${range.to ?? ''}` } : {};
    return this.caller.response({ method: 'GET', path: this.fileAt(path), headers, signal, repeatable: true });
  }

  /** Puts a file, as a whole or not at all, with the folders on the way. */
  async write(
    path: string,
    content: string | Uint8Array | Blob,
    { signal, ifMatch, ifAbsent }: FileWriteOptions = {},
  ): Promise<FileEntry> {
    const headers = {
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      ...(ifAbsent ? { 'if-none-match': '*' } : {}),
    };
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const call = { method: 'PUT', path: this.fileAt(path), content: bytes, headers, signal } as const;
    // Twice is the same as once, unless it depends on what is there.
    return this.caller.json({ ...call, repeatable: Object.keys(headers).length === 0 });
  }

  /** Removes a file, a link or a folder. */
  async remove(
    path: string,
    { signal, recursive = false }: Options & { readonly recursive?: boolean } = {},
  ): Promise<void> {
    const address = `${this.fileAt(path)}${queryOf(recursive ? { recursive } : {})}`;
    await this.caller.response({ method: 'DELETE', path: address, signal });
  }

  /** The answer with a folder as `tar.gz`, packed as it is read. */
  archive({ signal, ...query }: Options & { readonly path?: string } = {}): Promise<Response> {
    const path = `${this.session}/archive${queryOf(query)}`;
    return this.caller.response({ method: 'GET', path, signal, repeatable: true });
  }

  /** What is different now from the start of a run; of the newest one without its id. */
  diff({ signal, ...query }: Options & { readonly run?: string } = {}): Promise<WorkspaceDiff> {
    return this.caller.json({ method: 'GET', path: `${this.session}/diff${queryOf(query)}`, signal, repeatable: true });
  }

  private fileAt(path: string): string {
    return `${this.session}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
  }
}
