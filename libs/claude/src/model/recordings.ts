import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = 'recordings';
const ENDING = '.ndjson';
const HOUR_MS = 3_600_000;

/** The recordings in the data folder: where each lies, and that none stays for ever. */
export class Recordings {
  private timer: NodeJS.Timeout | undefined;

  /** @param keptMs how long a recording stays after its last line */
  constructor(
    private readonly dataDir: string,
    private readonly keptMs: number,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** File of a run's recorded traffic, below the data folder. */
  fileOf(runId: string): string {
    return join(FOLDER, `${runId}${ENDING}`);
  }

  pathOf(runId: string): string {
    return join(this.dataDir, this.fileOf(runId));
  }

  /** Removes what is old, now and again. */
  watch(): void {
    const sweep = () => void this.sweep(Date.now()).catch(this.failed);
    sweep();
    this.timer = setInterval(sweep, Math.min(HOUR_MS, this.keptMs)).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Other workers of the same data folder do this, too: what is gone by now is gone. */
  async sweep(now: number): Promise<void> {
    const folder = join(this.dataDir, FOLDER);
    const names = await readdir(folder).catch(orGone<string[]>([]));
    for (const name of names.filter((file) => file.endsWith(ENDING))) {
      const path = join(folder, name);
      const written = await stat(path).then(({ mtimeMs }) => mtimeMs, orGone(now));
      if (now - written > this.keptMs) await unlink(path).catch(orGone(undefined));
    }
  }
}

const orGone =
  <T>(nothing: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return nothing;
    throw error;
  };
