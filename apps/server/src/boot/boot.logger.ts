import { ConsoleLogger } from '@nestjs/common';

/** Speaks until the real log is there. What ends the start is thrown as well, and told once, by `main`. */
export class BootLogger extends ConsoleLogger {
  override error(message: unknown, ...rest: unknown[]): void {
    if (!(message instanceof Error)) super.error(message, ...rest);
  }
}
