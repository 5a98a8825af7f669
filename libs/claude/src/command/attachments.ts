import { fileTypeFromBuffer } from 'file-type';

/** A file that comes with a request. */
export interface Attachment {
  /** As its author calls it; the model reads it. */
  readonly name: string;
  /** What it is said to be; its content decides, and has to agree. */
  readonly type?: string;
  /** Base64. */
  readonly data: string;
}

/** What is known of it without its content. */
export interface AttachmentInfo {
  readonly name: string;
  /** By its content. */
  readonly type: string;
  readonly bytes: number;
}

/** A block of the Messages API. */
export type ContentBlock = Readonly<Record<string, unknown>>;

/** What the Messages API takes as it is; all else has to be text. */
export const BINARY_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf'] as const;
const TEXT_TYPE = 'text/plain';

/** Of what is neither one of these nor text: null. */
export async function typeOfContent(bytes: Uint8Array): Promise<string | null> {
  const found = (await fileTypeFromBuffer(bytes))?.mime;
  if (found !== undefined && (BINARY_TYPES as readonly string[]).includes(found)) return found;
  return textOf(bytes) === null ? null : TEXT_TYPE;
}

/** Whether a name for a type can be meant by the author of such a content: any text is `text/plain` to the model. */
export function agrees(said: string, found: string): boolean {
  const [name = ''] = said.toLowerCase().split(';');
  if (found !== TEXT_TYPE) return name.trim().replace('image/jpg', 'image/jpeg') === found;
  return !(BINARY_TYPES as readonly string[]).includes(name.trim());
}

/** An attachment as the model gets it. */
export function blockOf({ name, type }: AttachmentInfo, bytes: Uint8Array): ContentBlock {
  if (type === TEXT_TYPE)
    return {
      type: 'document',
      title: name,
      source: { type: 'text', media_type: TEXT_TYPE, data: textOf(bytes) ?? '' },
    };
  const source = { type: 'base64', media_type: type, data: Buffer.from(bytes).toString('base64') };
  return type === 'application/pdf' ? { type: 'document', title: name, source } : { type: 'image', source };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
