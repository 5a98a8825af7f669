import { excerptOf, LONGEST_SECRET } from './excerpt.js';

const KEPT_LINES = 40;
const LINE_CHARACTERS = 500;
const KEPT_CHARACTERS = LINE_CHARACTERS + LONGEST_SECRET;

/** The last lines that an agent process wrote to stderr, bounded: a crash of the CLI may print kilobytes of source. */
export class StderrTail {
  private readonly lines: string[] = [];
  /** The beginning of the line that has not ended. */
  private rest = '';

  push(chunk: string): void {
    const parts = chunk.split('\n');
    for (const [index, part] of parts.entries()) {
      this.rest += part.slice(0, KEPT_CHARACTERS - this.rest.length);
      if (index < parts.length - 1) this.end();
    }
  }

  /** @param redact masks secrets; each line is masked before it is cut */
  text(redact: (text: string) => string): string {
    return [...this.lines, this.rest]
      .filter(Boolean)
      .map((line) => shown(line, redact))
      .join('\n');
  }

  private end(): void {
    if (this.rest.trim()) this.lines.push(this.rest);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
    this.rest = '';
  }
}

function shown(line: string, redact: (text: string) => string): string {
  const excerpt = excerptOf(line, LINE_CHARACTERS, redact);
  return line.length > LINE_CHARACTERS ? `${excerpt}…` : excerpt;
}
