const BLOCK = 512;
/** What the octal fields of the old format hold. */
const MAX_SIZE = 8 ** 11 - 1;

export interface TarEntry {
  readonly path: string;
  readonly folder: boolean;
  readonly size: number;
  readonly mode: number;
  /** Seconds. */
  readonly modified: number;
}

/** The header of one entry (POSIX pax); names and sizes that the old fields do not hold stand in one of their own before it. */
export function tarHeader(entry: TarEntry): Buffer {
  const path = entry.folder ? `${entry.path}/` : entry.path;
  const records = [
    // Names beyond ASCII have no encoding in the old field.
    ...(/^[\x20-\x7e]{1,100}$/.test(path) ? [] : [record('path', path)]),
    ...(entry.size > MAX_SIZE ? [record('size', String(entry.size))] : []),
  ].join('');
  const header = block(path, entry, entry.folder ? '5' : '0');
  if (records === '') return header;
  const extra = Buffer.from(records);
  const about = { ...entry, size: extra.length, mode: 0o644 };
  return Buffer.concat([block('PaxHeader', about, 'x'), extra, padding(extra.length), header]);
}

/** What fills the last block of so many bytes. */
export const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** The end of an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

function block(path: string, { size, mode, modified }: TarEntry, type: string): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    header.write(
      `${Math.max(0, Math.floor(value))
        .toString(8)
        .padStart(length - 1, '0')}\0`,
      at,
      length,
      'latin1',
    );
  // A name in two halves would be none: the whole one is in the header before it.
  header.write(path.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '_'), 0, 100, 'latin1');
  octal(mode & 0o777, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size > MAX_SIZE ? 0 : size, 124, 12);
  octal(Math.min(modified, MAX_SIZE), 136, 12);
  header.fill(' ', 148, 156);
  header.write(type, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return header;
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
