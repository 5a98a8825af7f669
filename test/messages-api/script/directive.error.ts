/** A directive that the server does not understand. The client gets it as a 400, so that a typo never passes silently. */
export class DirectiveError extends Error {
  override readonly name = 'DirectiveError';
}
