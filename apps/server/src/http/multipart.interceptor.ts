import {
  type CallHandler,
  type ExecutionContext,
  HttpException,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { AnyFilesInterceptor } from '@nestjs/platform-express';
import { ClaudeError } from '@steward/claude';
import { type Request } from 'express';
import { type Observable, of } from 'rxjs';
import { attachmentCharacters, runBodyBytes } from '../config/body-bytes.js';
import { ServerConfigService } from '../config/server-config.service.js';

/** A file of a form, in memory. */
interface FormFile {
  readonly originalname: string;
  readonly mimetype: string;
  readonly buffer: Buffer;
}
type FormRequest = Request & { files?: readonly FormFile[]; bodyBytes?: number };

/** The type that clients write where they know none: it says nothing about the content. */
const UNKNOWN_TYPE = 'application/octet-stream';

/**
 * A request as a form: its field `request` is the JSON, its files are attachments, whatever their fields are called.
 * What comes of it is checked like any other request.
 */
@Injectable()
export class MultipartInterceptor implements NestInterceptor {
  private readonly parser: NestInterceptor;

  constructor(private readonly config: ServerConfigService) {
    const { maxAttachments, maxAttachmentBytes, maxBodyBytes } = config.options;
    const limits = {
      files: maxAttachments,
      fileSize: maxAttachmentBytes,
      fieldSize: maxBodyBytes,
      fields: 1,
      parts: 102,
    };
    this.parser = new (AnyFilesInterceptor({ limits }))();
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FormRequest>();
    if (request.is('multipart/form-data')) {
      this.checkLength(request);
      await this.parse(context);
      request.body = bodyOf(request);
    } else this.checkBeside(request);
    return next.handle();
  }

  /** All of it is held in memory: what says that it is too large is not read. */
  private checkLength({ headers }: Request): void {
    const limitBytes = runBodyBytes(this.config.options);
    if (headers['content-length'] === undefined) throw new ClaudeError('request.length_required');
    if (Number(headers['content-length']) > limitBytes) throw new ClaudeError('request.too_large', { limitBytes });
  }

  /** Only attachments make a request larger than others. */
  private checkBeside({ bodyBytes = 0, body }: FormRequest): void {
    const limitBytes = this.config.options.maxBodyBytes;
    if (bodyBytes - attachmentCharacters(body) > limitBytes) throw new ClaudeError('request.too_large', { limitBytes });
  }

  private async parse(context: ExecutionContext): Promise<void> {
    try {
      await this.parser.intercept(context, { handle: () => of(null) });
    } catch (error) {
      throw this.told(error);
    }
  }

  private told(error: unknown): unknown {
    if (!(error instanceof HttpException)) return error;
    const { maxAttachments, maxAttachmentBytes } = this.config.options;
    const tooLarge = error.getStatus() === 413;
    const tooMany = /too many files/i.test(error.message);
    const reason = tooLarge
      ? `has a file of more than ${maxAttachmentBytes} bytes`
      : tooMany
        ? `has more than ${maxAttachments} files`
        : `is no form that is understood: ${error.message}`;
    const code = tooLarge ? 'attachments.too_large' : tooMany ? 'attachments.too_many' : 'request.invalid';
    const details = {
      reason,
      ...(tooLarge ? { limitBytes: maxAttachmentBytes } : tooMany ? { limit: maxAttachments } : {}),
    };
    return new ClaudeError(code, details, { cause: error, fields: [{ field: 'attachments', reason }] });
  }
}

function bodyOf({ body, files = [] }: FormRequest): unknown {
  const fields = (body ?? {}) as Record<string, unknown>;
  const request = jsonOf(fields['request']);
  if (files.length === 0) return request;
  if (request['attachments'] !== undefined)
    throw ClaudeError.invalid([
      { field: 'attachments', reason: 'come as files of the form, or in its JSON, and not both' },
    ]);
  return { ...request, attachments: files.map(attachmentOf) };
}

function jsonOf(text: unknown): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(String(text));
    if (typeof text === 'string' && typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Told below, as whatever is no object is.
  }
  throw ClaudeError.invalid([
    { field: 'request', reason: 'must be a field of the form with the request as a JSON object' },
  ]);
}

const attachmentOf = ({ originalname, mimetype, buffer }: FormFile) => ({
  // The parser of forms reads names as Latin-1, which no browser sends.
  name: Buffer.from(originalname, 'latin1').toString(),
  ...(mimetype === UNKNOWN_TYPE ? {} : { type: mimetype }),
  data: buffer.toString('base64'),
});
