/** What the client itself has to say; everything that the server refuses is a `ProblemError` with a code of the server. */
export type ClientErrorCode =
  /** No server could be reached, or each lost the connection, for as often as `retry.attempts` allows. */
  | 'client.unreachable'
  /** Something answered that is not Steward, or in a way that breaks its contract. */
  | 'client.protocol';

export class ClientError extends Error {
  override readonly name = 'ClientError';

  constructor(
    readonly code: ClientErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
