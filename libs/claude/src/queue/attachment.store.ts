import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import {
  agrees,
  type Attachment,
  type AttachmentInfo,
  BINARY_TYPES,
  blockOf,
  type ContentBlock,
  typeOfContent,
} from '../command/index.js';
import { ClaudeConfigService, isId } from '../config/index.js';
import { ClaudeError } from '../error/index.js';
import { RunStore } from './run.store.js';
import { type RunRequest } from './run.types.js';

/** What nobody has accepted by then nobody will. */
const ORPHAN_MS = 10 * 60_000;
const SWEEP_MS = 60 * 60_000;

/**
 * What comes with requests, from acceptance to the end of the run: in a file of the data folder, which all workers share,
 * and not in Redis, which has it all in memory.
 */
@Injectable()
export class AttachmentStore implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Run');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: ClaudeConfigService,
    private readonly runs: RunStore,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.options.role === 'api') return;
    const sweep = () =>
      this.sweep().catch((error: Error) =>
        this.logger.warn({ reason: error.message }, 'left attachments could not be removed'),
      );
    this.timer = setInterval(sweep, SWEEP_MS);
    void sweep();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /**
   * The same request without the content of its attachments, which is kept under the id of the run.
   *
   * @throws ClaudeError `attachments.invalid`, `attachments.too_many`, `attachments.too_large`, with the fields; nothing
   *   is kept then
   */
  async take(id: string, { attachments, ...request }: RunRequest): Promise<RunRequest> {
    if (attachments === undefined || attachments.length === 0) return request;
    const contents = this.decoded(attachments);
    const attached = await Promise.all(
      attachments.map((given, at) => described(given, contents[at]!, `attachments.${at}`)),
    );
    const blocks = attached.map((info, at) => blockOf(info, contents[at]!));
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeFile(`${this.path(id)}.new`, JSON.stringify(blocks), { mode: 0o600 });
    await rename(`${this.path(id)}.new`, this.path(id));
    return { ...request, attached };
  }

  /** @throws ClaudeError `attachments.lost` */
  async blocks(id: string, { attached = [] }: RunRequest): Promise<readonly ContentBlock[]> {
    if (attached.length === 0) return [];
    try {
      return JSON.parse(await readFile(this.path(id), 'utf8')) as ContentBlock[];
    } catch (cause) {
      throw new ClaudeError('attachments.lost', {}, { cause });
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.path(id), { force: true });
  }

  /** What killed servers have left. */
  private async sweep(): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const path = join(this.folder, name);
      const [id = ''] = name.split('.');
      const found = await stat(path).catch(() => null);
      if (!found || found.mtimeMs > Date.now() - ORPHAN_MS) continue;
      const run = isId(id) ? await this.runs.get(id) : null;
      if (!run || run.endedAt !== null) await rm(path, { force: true });
    }
  }

  private decoded(attachments: readonly Attachment[]): readonly Buffer[] {
    const { maxAttachments, maxAttachmentBytes, maxAttachmentsBytes } = this.config.options;
    const many = `are more than ${maxAttachments}`;
    if (attachments.length > maxAttachments)
      throw told('attachments.too_many', 'attachments', many, { limit: maxAttachments });
    let sum = 0;
    return attachments.map(({ data }, at) => {
      const field = `attachments.${at}.data`;
      if (!isBase64(data)) throw told('attachments.invalid', field, 'must be base64, with its padding');
      const content = Buffer.from(data, 'base64');
      sum += content.length;
      if (content.length === 0) throw told('attachments.invalid', field, 'must not be empty');
      if (content.length > maxAttachmentBytes)
        throw told('attachments.too_large', field, `is larger than ${maxAttachmentBytes} bytes`, {
          limitBytes: maxAttachmentBytes,
        });
      if (sum > maxAttachmentsBytes)
        throw told('attachments.too_large', 'attachments', `are larger than ${maxAttachmentsBytes} bytes together`, {
          limitBytes: maxAttachmentsBytes,
        });
      return content;
    });
  }

  private get folder(): string {
    return join(this.config.dataDir, 'attachments');
  }

  private path(id: string): string {
    return join(this.folder, `${id}.json`);
  }
}

/** Looked at once and without a step back: it may have many megabytes. */
const isBase64 = (text: string): boolean =>
  text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(text.endsWith('==') ? text.slice(0, -2) : text.replace(/=$/, ''));

async function described(given: Attachment, content: Buffer, field: string): Promise<AttachmentInfo> {
  const type = await typeOfContent(content);
  if (type === null)
    throw told(
      'attachments.invalid',
      `${field}.data`,
      `is neither text in UTF-8 nor one of ${BINARY_TYPES.join(', ')}`,
    );
  if (given.type !== undefined && !agrees(given.type, type))
    throw told('attachments.invalid', `${field}.type`, `says ${given.type}, but the content is ${type}`);
  return { name: given.name, type, bytes: content.length };
}

const told = (
  code: 'attachments.invalid' | 'attachments.too_many' | 'attachments.too_large',
  field: string,
  reason: string,
  details: Record<string, unknown> = {},
): ClaudeError => new ClaudeError(code, { ...details, reason: `${field} ${reason}` }, { fields: [{ field, reason }] });
