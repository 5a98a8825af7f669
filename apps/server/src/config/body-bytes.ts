import { type Options } from './options.js';

/** Largest body of a request that may have attachments: they come in base64, which makes four bytes of three. */
export const runBodyBytes = ({
  maxBodyBytes,
  maxAttachmentsBytes,
}: Pick<Options, 'maxBodyBytes' | 'maxAttachmentsBytes'>): number =>
  maxBodyBytes + Math.ceil(maxAttachmentsBytes / 3) * 4;

const RUN_PATH = /^\/api\/v1\/claude\/execute(\/async)?\/?(\?|$)/;

/** Whether a request may have attachments. */
export const takesAttachments = (method: string | undefined, url: string | undefined): boolean =>
  method === 'POST' && RUN_PATH.test(url ?? '');

/** Largest body at this address. */
export const bodyBytesOf = (
  { method, url }: { method?: string | undefined; url?: string | undefined },
  options: Pick<Options, 'maxBodyBytes' | 'maxAttachmentsBytes'>,
): number => (takesAttachments(method, url) ? runBodyBytes(options) : options.maxBodyBytes);
