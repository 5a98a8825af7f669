/** The servers that may be asked; one is current until it fails. */
export class Endpoints {
  private readonly urls: readonly string[];
  private index = 0;

  /** @throws TypeError when there is none, or one is not an address */
  constructor(urls: readonly string[]) {
    if (urls.length === 0) throw new TypeError('StewardClient needs `url` or `urls`.');
    this.urls = urls.map((url) => new URL(url).href.replace(/\/+$/, ''));
  }

  get current(): string {
    return this.urls[this.index]!;
  }

  /** Moves on from a server, unless somebody else has done so already. */
  failed(url: string): void {
    if (url === this.current) this.index = (this.index + 1) % this.urls.length;
  }
}
