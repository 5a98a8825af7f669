import { describe, expect, it } from 'vitest';
import { agrees, blockOf, typeOfContent } from './attachments.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

describe('an attachment', () => {
  it.each<[string, Buffer, string | null]>([
    ['a PNG', PNG, 'image/png'],
    ['a JPEG', Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb', 'hex'), 'image/jpeg'],
    ['a GIF', Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1'), 'image/gif'],
    ['a WebP', Buffer.from('RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0', 'latin1'), 'image/webp'],
    ['a PDF', Buffer.from('%PDF-1.4\n1 0 obj\n'), 'application/pdf'],
    ['text', Buffer.from('words, ünïcödé 🎈\n'), 'text/plain'],
    ['a program text', Buffer.from('<html><script>alert(1)</script>'), 'text/plain'],
    [
      'an SVG, which is text',
      Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
      'text/plain',
    ],
    ['an archive', Buffer.from('504b030414000000080000000000', 'hex'), null],
    ['a BMP', Buffer.from('424d3a000000000000003600000028000000', 'hex'), null],
    ['other bytes', Buffer.from([1, 2, 0, 3]), null],
    ['text of another encoding', Buffer.from('ünïcödé', 'latin1'), null],
  ])('%s is known by its content', async (_what, bytes, type) => {
    expect(await typeOfContent(bytes)).toBe(type);
  });

  it.each([
    ['image/png', 'image/png', true],
    ['image/jpg', 'image/jpeg', true],
    ['IMAGE/PNG; q=1', 'image/png', true],
    ['image/png', 'image/jpeg', false],
    ['text/markdown', 'text/plain', true],
    ['application/json; charset=utf-8', 'text/plain', true],
    ['application/pdf', 'text/plain', false],
    ['text/plain', 'application/pdf', false],
  ])('said to be %s, being %s: %s', (said, found, fits) => expect(agrees(said, found)).toBe(fits));

  it('becomes a block of the Messages API', () => {
    const info = { name: 'a', bytes: 1 };
    const data = PNG.toString('base64');
    expect(blockOf({ ...info, type: 'image/png' }, PNG)).toEqual({
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data },
    });
    expect(blockOf({ ...info, type: 'application/pdf' }, Buffer.from('%PDF'))).toMatchObject({
      type: 'document',
      title: 'a',
      source: { media_type: 'application/pdf' },
    });
    expect(blockOf({ ...info, type: 'text/plain' }, Buffer.from('words'))).toEqual({
      type: 'document',
      title: 'a',
      source: { type: 'text', media_type: 'text/plain', data: 'words' },
    });
  });
});
