export interface SseMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Text of an event stream to messages; an id alone is one without event and data; comments and `retry:` are passed over (WHATWG HTML, 9.2.6). */
export class SseParser {
  /** Pieces of a line whose end has not come yet: a line may be many megabytes in many chunks. */
  private pieces: string[] = [];
  private id = '';
  private event = '';
  private data: string[] = [];

  *push(chunk: string): Generator<SseMessage> {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      this.pieces.push(chunk.slice(start, end));
      const line = this.pieces.length === 1 ? this.pieces[0]! : this.pieces.join('');
      this.pieces = [];
      start = end + 1;
      const message = this.take(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (message) yield message;
    }
    if (start < chunk.length) this.pieces.push(chunk.slice(start));
  }

  private take(line: string): SseMessage | undefined {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    const value = line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
    const name = line.slice(0, colon);
    if (name === 'data') this.data.push(value);
    else if (name === 'id') this.id = value;
    else if (name === 'event') this.event = value;
    return undefined;
  }

  private dispatch(): SseMessage | undefined {
    const { id, event, data } = this;
    this.id = '';
    this.event = '';
    this.data = [];
    if (data.length > 0) return { id, event: event || 'message', data: data.join('\n') };
    return id === '' ? undefined : { id, event: '', data: '' };
  }
}
