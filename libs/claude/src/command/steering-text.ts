/** A slash command as the CLI would take it: at the beginning, without a second slash in its name (PROTOCOL.md §3.2). */
const COMMAND = /^\s*\/[A-Za-z][\w:-]*(?:\s|$)/;
/** A file that the CLI would read and send along. */
const MENTION = /(?:^|\s)@[^\s@]/;

/** What in a prompt the CLI would act on, if it came to it as typed. It reaches the model as text; the log tells of it. */
export function steeringText(prompt: string): readonly ('command' | 'mention')[] {
  return [
    ...(COMMAND.test(prompt) ? (['command'] as const) : []),
    ...(MENTION.test(prompt) ? (['mention'] as const) : []),
  ];
}
