import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { type Run, type RunRequest } from '@steward/client';
import { describe, expect, it } from 'vitest';
import { type MessagesApi } from './messages-api/index.js';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';
import { SocketClient } from './support/socket.js';

type Block = Readonly<Record<string, unknown>> & { readonly type: string; readonly source?: Record<string, unknown> };

/** A picture of one colour that decodes, since the CLI looks. */
function png(side: number): Buffer {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (bytes: Buffer) =>
    (bytes.reduce((c, byte) => table[(c ^ byte) & 255]! ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(side * (1 + 3 * side), 127);
  for (let row = 0; row < side; row += 1) rows[row * (1 + 3 * side)] = 0;
  const magic = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([magic, chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

const PNG = png(16);
const PDF = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
);
const WORDS = 'Wörter aus einem Text 🎈\n';
const base64 = (content: Buffer | string) => Buffer.from(content).toString('base64');
const picture = { name: 'a.png', data: base64(PNG) };
const paper = { name: 'paper.pdf', type: 'application/pdf', data: base64(PDF) };
const words = { name: 'wörter.md', type: 'text/markdown', data: base64(WORDS) };

/** Files that go to the model with a prompt: what they are, how many and how large, and what becomes of them. */
describe('attachments', () => {
  let api: MessagesApi;
  let server: ServerProcess;
  withServer(
    {
      env: {
        STEWARD_MAX_ATTACHMENTS: '3',
        STEWARD_MAX_ATTACHMENT_BYTES: '2000000',
        STEWARD_MAX_ATTACHMENTS_BYTES: '3000000',
        STEWARD_MAX_BODY_BYTES: '100000',
      },
    },
    (standing) => ({ api, server } = standing),
  );

  /** Of the newest prompt, as the model got it. */
  const blocksSeen = (): Block[] => {
    const messages = (api.journal.findLast(({ body }) => body)?.body?.messages ?? []) as {
      role: string;
      content: unknown;
    }[];
    return messages
      .filter(({ role }) => role === 'user')
      .flatMap(({ content }) => (Array.isArray(content) ? (content as Block[]) : []));
  };
  const expectAll = () => {
    const seen = blocksSeen();
    expect(seen.find(({ type }) => type === 'image')?.source).toMatchObject({
      type: 'base64',
      media_type: 'image/png',
    });
    const [pdf, text] = seen.filter(({ type }) => type === 'document');
    expect(pdf).toMatchObject({
      title: 'paper.pdf',
      source: { type: 'base64', media_type: 'application/pdf', data: base64(PDF) },
    });
    expect(text).toMatchObject({ title: 'wörter.md', source: { type: 'text', media_type: 'text/plain', data: WORDS } });
  };
  const kept = () =>
    existsSync(join(server.dataDir, 'attachments')) ? readdirSync(join(server.dataDir, 'attachments')) : [];
  const form = (request: unknown, files: [string, Buffer | string, string?][]): FormData => {
    const data = new FormData();
    if (request !== undefined) data.set('request', typeof request === 'string' ? request : JSON.stringify(request));
    for (const [name, content, type] of files)
      data.append('file', new Blob([new Uint8Array(Buffer.from(content))], { type }), name);
    return data;
  };
  const post = async (path: string, body: FormData, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/api/v1/claude${path}`, { method: 'POST', body, headers });
    return {
      status: response.status,
      body: (await response.json()) as Run & { code: string; errors: { field: string; reason: string }[] },
    };
  };

  it('in JSON reach the model as its blocks, before the prompt', async () => {
    const run = await server.client().execute({ prompt: 'Look. [[say seen]]', attachments: [picture, paper, words] });
    expect(run).toMatchObject({ state: 'completed', result: { text: 'seen' } });
    expectAll();
    expect(JSON.stringify(blocksSeen().at(-1))).toContain('Look.');
    await expect.poll(kept).toEqual([]);
  });

  it('of a form reach it as well, to wait for or not', async () => {
    const files: [string, Buffer | string, string?][] = [
      ['a.png', PNG, 'image/png'],
      ['paper.pdf', PDF],
      ['wörter.md', WORDS, 'text/markdown'],
    ];
    const waited = await post('/execute', form({ prompt: '[[say waited]]' }, files));
    expect([waited.status, waited.body.result?.text]).toEqual([200, 'waited']);
    expectAll();
    const accepted = await post('/execute/async', form({ prompt: '[[say later]]' }, files), {
      'idempotency-key': 'once',
    });
    expect(accepted.status).toBe(202);
    const again = await post('/execute/async', form({ prompt: '[[say later]]' }, files), { 'idempotency-key': 'once' });
    expect(again.body.id).toBe(accepted.body.id);
    const other = await post('/execute/async', form({ prompt: '[[say later]]' }, files.slice(1)), {
      'idempotency-key': 'once',
    });
    expect(other.body.code).toBe('idempotency.conflict');
    expect((await server.client().result(accepted.body.id)).result?.text).toBe('later');
    expectAll();
  });

  it('over Socket.IO reach it as well, and are bounded there, too', async () => {
    const socket = new SocketClient(server.url);
    const { id } = await socket.ask('claude:execute', {
      prompt: '[[say heard]]',
      attachments: [picture, paper, words],
    });
    expect((await server.client().result(id)).result?.text).toBe('heard');
    expectAll();
    const large = { name: 'large', data: base64('x'.repeat(2_000_001)) };
    const answer = await socket.ask('claude:execute', { prompt: 'x', attachments: [large] });
    expect(answer).toMatchObject({ ok: false, error: { code: 'attachments.too_large' } });
    expect(await socket.ask('claude:status', { id: 'x'.repeat(200_000) })).toMatchObject({
      error: { code: 'request.too_large' },
    });
    socket.socket.disconnect();
  });

  it('are in the conversation that goes on', async () => {
    const { sessionId } = await server.client().execute({ prompt: '[[say one]]', attachments: [words] });
    await server.client().execute({ prompt: '[[say two]]', sessionId });
    expect(JSON.stringify(blocksSeen())).toContain(WORDS.trim());
  });

  it('wait with their run in a file of the data folder and not in the log, and go away with it', async () => {
    const first = await server.client().submit({ prompt: '[[pause 3000]] [[say first]]' });
    const second = await server
      .client()
      .submit({ prompt: '[[say second]]', sessionId: first.sessionId, attachments: [words] });
    const third = await server
      .client()
      .submit({ prompt: '[[say third]]', sessionId: first.sessionId, attachments: [paper] });
    expect(kept().toSorted()).toEqual([`${second.id}.json`, `${third.id}.json`].toSorted());
    expect(readFileSync(join(server.dataDir, 'attachments', `${second.id}.json`), 'utf8')).toContain(WORDS.trim());
    await server.client().cancel(third.id);
    await expect.poll(kept).toEqual([`${second.id}.json`]);
    expect((await server.client().result(second.id)).result?.text).toBe('second');
    await expect.poll(kept).toEqual([]);
    const { data } = await server.client().history(second.id);
    expect(JSON.stringify(data)).not.toContain(base64(WORDS).slice(0, 30));
  });

  const large = { name: 'large.txt', data: base64('x'.repeat(2_000_001)) };
  const half = { name: 'half.txt', data: base64('x'.repeat(1_510_000)) };
  it.each<[string, Partial<RunRequest>, number, string, string]>([
    [
      'another content than its type',
      { attachments: [{ ...picture, type: 'image/jpeg' }] },
      400,
      'attachments.invalid',
      'attachments.0.type',
    ],
    [
      'a content that is nothing of it',
      { attachments: [words, { name: 'x', data: 'AAEAAg==' }] },
      400,
      'attachments.invalid',
      'attachments.1.data',
    ],
    [
      'no base64',
      { attachments: [{ name: 'x', data: 'not base64!' }] },
      400,
      'attachments.invalid',
      'attachments.0.data',
    ],
    ['nothing in it', { attachments: [{ name: 'x', data: '' }] }, 400, 'attachments.invalid', 'attachments.0.data'],
    ['too many', { attachments: [words, words, words, words] }, 413, 'attachments.too_many', 'attachments'],
    ['one that is too large', { attachments: [large] }, 413, 'attachments.too_large', 'attachments.0.data'],
    ['too much together', { attachments: [half, half] }, 413, 'attachments.too_large', 'attachments'],
    ['a path for a name', { attachments: [{ ...words, name: '../x' }] }, 400, 'request.invalid', 'attachments.0.name'],
    ['no name', { attachments: [{ data: 'eA==' } as never] }, 400, 'request.invalid', 'attachments.0.name'],
    [
      'a field that is none',
      { attachments: [{ ...words, url: 'http://x' } as never] },
      400,
      'request.invalid',
      'attachments.0.url',
    ],
    ['no list', { attachments: words as never }, 400, 'request.invalid', 'attachments'],
    [
      'a command beside them',
      { prompt: undefined, command: { name: 'context' }, attachments: [words] },
      400,
      'request.invalid',
      'attachments',
    ],
  ])('with %s are refused, with the field, before anything runs', async (_what, more, status, code, field) => {
    const requests = api.journal.length;
    const problem = { status, code, errors: [expect.objectContaining({ field }) as object] };
    await expect(server.client().submit({ prompt: 'x', ...more })).rejects.toMatchObject({ problem });
    expect([api.journal.length, kept()]).toEqual([requests, []]);
  });

  it.each<[string, () => FormData, string, string]>([
    ['without a request', () => form(undefined, [['a', 'x']]), 'request.invalid', 'request'],
    ['with a request that is no JSON', () => form('{', [['a', 'x']]), 'request.invalid', 'request'],
    ['with a field that is none', () => form({ prompt: 'x', prompts: 1 }, [['a', 'x']]), 'request.invalid', 'prompts'],
    [
      'with a file that is too large',
      () => form({ prompt: 'x' }, [['a', 'x'.repeat(2_000_001)]]),
      'attachments.too_large',
      'attachments',
    ],
    [
      'with too many files',
      () =>
        form(
          { prompt: 'x' },
          ['a', 'b', 'c', 'd'].map((name) => [name, 'x']),
        ),
      'attachments.too_many',
      'attachments',
    ],
    [
      'with files twice',
      () => form({ prompt: 'x', attachments: [words] }, [['a', 'x']]),
      'request.invalid',
      'attachments',
    ],
    [
      'with a program',
      () => form({ prompt: 'x' }, [['a', Buffer.from('7f454c460201010000', 'hex')]]),
      'attachments.invalid',
      'attachments.0.data',
    ],
  ])('a form %s is refused', async (_what, make, code, field) => {
    const { body } = await post('/execute/async', make());
    expect(body).toMatchObject({ code, errors: [{ field }] });
    expect(kept()).toEqual([]);
  });

  it('make no other request larger', async () => {
    const prompt = 'x'.repeat(200_000);
    const tooLarge = { problem: { status: 413, code: 'request.too_large', details: { limitBytes: 100_000 } } };
    await expect(server.client().submit({ prompt, attachments: [words] })).rejects.toMatchObject(tooLarge);
    const socket = new SocketClient(server.url);
    const heard = await socket.ask('claude:execute', { prompt, attachments: [words] });
    socket.socket.disconnect();
    expect(heard).toMatchObject({ ok: false, error: tooLarge.problem });
    const session = await fetch(`${server.url}/api/v1/claude/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { a: prompt } }),
    });
    expect(session.status).toBe(413);
    const other = await post('/sessions', form({}, []));
    expect([other.status, other.body.code]).toEqual([415, 'request.media_type']);
  });
});
