export interface SseMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Text of an event stream to messages; comments and `retry:` are passed over (WHATWG HTML, 9.2.6). */
export class SseParser {
  private rest = '';

  *push(chunk: string): Generator<SseMessage> {
    const blocks = (this.rest + chunk).split('\n\n');
    this.rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = { id: '', event: 'message', data: [] as string[] };
      for (const line of block.split('\n')) this.read(line, fields);
      if (fields.data.length > 0) yield { id: fields.id, event: fields.event, data: fields.data.join('\n') };
    }
  }

  private read(line: string, fields: { id: string; event: string; data: string[] }): void {
    const colon = line.indexOf(':');
    if (colon <= 0) return;
    const value = line.slice(colon + 1).replace(/^ /, '');
    const name = line.slice(0, colon);
    if (name === 'data') fields.data.push(value);
    else if (name === 'id') fields.id = value;
    else if (name === 'event') fields.event = value;
  }
}
