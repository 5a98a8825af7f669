/** A try failed in a way that another try may mend. Stays inside: users see what it was caused by. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(
    message: string,
    options: ErrorOptions & {
      readonly retryAfterMs?: number | undefined;
      /** Whether the server certainly did not get the request. */
      readonly unsent?: boolean;
    } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.unsent = options.unsent ?? false;
  }

  readonly retryAfterMs: number;
  readonly unsent: boolean;
}
