const KEPT_LINES = 40;
const LINE_CHARACTERS = 500;

/** The last lines that an agent process wrote to stderr, bounded: a crash of the CLI may print kilobytes of source. */
export class StderrTail {
  private readonly lines: string[] = [];
  private rest = '';

  push(chunk: string): void {
    const parts = (this.rest + chunk).split('\n');
    this.rest = (parts.pop() ?? '').slice(-LINE_CHARACTERS);
    for (const part of parts) this.keep(part);
  }

  get text(): string {
    return [...this.lines, this.rest].filter(Boolean).join('\n');
  }

  private keep(line: string): void {
    if (!line.trim()) return;
    this.lines.push(line.length > LINE_CHARACTERS ? `${line.slice(0, LINE_CHARACTERS)}…` : line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
  }
}
