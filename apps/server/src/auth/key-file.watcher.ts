import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { processEnvironment } from '@steward/claude';
import { parseRows } from '@steward/identity';
import { ServerConfigService } from '../config/server-config.service.js';

/** Looking at a file's time costs nothing, and sees replaced files and mounted secrets alike. */
const INTERVAL_MS = 1000;

/** Reads the file of API keys again when it changes, so that a key can be given or taken without a restart. */
@Injectable()
export class KeyFileWatcher implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Keys');
  private readonly file = processEnvironment()['STEWARD_API_KEYS_FILE']?.trim() ?? '';

  constructor(private readonly config: ServerConfigService) {}

  onApplicationBootstrap(): void {
    if (this.file) watchFile(this.file, { interval: INTERVAL_MS }, this.read);
  }

  onApplicationShutdown(): void {
    if (this.file) unwatchFile(this.file, this.read);
  }

  private readonly read = (): void => {
    try {
      const rows = parseRows(readFileSync(this.file, 'utf8'));
      this.config.principals.replace(rows);
      this.logger.log({ keys: rows.length }, 'read the API keys again');
    } catch (error) {
      this.logger.error(
        { reason: (error as Error).message },
        'the changed API keys cannot be read; the ones before stay',
      );
    }
  };
}
