import { type Options } from './options.js';

/** Largest body of a request that may have attachments: they come in base64, which makes four bytes of three. */
export const runBodyBytes = ({
  maxBodyBytes,
  maxAttachmentsBytes,
}: Pick<Options, 'maxBodyBytes' | 'maxAttachmentsBytes'>): number =>
  maxBodyBytes + Math.ceil(maxAttachmentsBytes / 3) * 4;

const RUN_PATH = /^\/api\/v1\/claude\/execute(\/async|\/stream)?\/?(\?|$)/;

/** Whether a request may have attachments. */
export const takesAttachments = (method: string | undefined, url: string | undefined): boolean =>
  method === 'POST' && RUN_PATH.test(url ?? '');

/** Largest body at this address. */
export const bodyBytesOf = (
  { method, url }: { method?: string | undefined; url?: string | undefined },
  options: Pick<Options, 'maxBodyBytes' | 'maxAttachmentsBytes'>,
): number => (takesAttachments(method, url) ? runBodyBytes(options) : options.maxBodyBytes);

/** Characters of a request that are content of its attachments; what is no such request has none. */
export function attachmentCharacters(request: unknown): number {
  const { attachments } = (request ?? {}) as { attachments?: unknown };
  if (!Array.isArray(attachments)) return 0;
  const lengths = attachments.map((one: { data?: unknown } | null) =>
    typeof one?.data === 'string' ? one.data.length : 0,
  );
  return lengths.reduce((sum, length) => sum + length, 0);
}
