import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { PrincipalDirectory } from '@steward/identity';
import { type Options } from './options.js';

/** The options by name, typed; `@nestjs/config` read and checked them at start. */
@Injectable()
export class ServerConfigService {
  readonly options: Options;
  readonly principals: PrincipalDirectory;

  constructor(config: ConfigService) {
    this.options = config.getOrThrow<Options>('steward');
    this.principals = new PrincipalDirectory(this.options.apiKeys);
  }
}
