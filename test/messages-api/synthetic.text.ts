/** Texts that the CLI itself puts into user messages. They are no prompts, so a script goes on through them. */
const SYNTHETIC = [
  /^\[Request interrupted by user/,
  /^<(local-command-\w+|command-name|command-message|task-notification|bash-\w+)>/,
  /^Caveat: The messages below were generated/,
  /^This session is being continued from a previous conversation/,
];

const REMINDER = /<system-reminder>[\s\S]*?<\/system-reminder>/g;

/** The part of a text block that a person wrote, or undefined when the CLI made all of it. */
export function realText(text: string): string | undefined {
  const rest = text.includes('<system-reminder>') ? text.replace(REMINDER, '').trim() : text;
  if (rest === '' && text !== '') return undefined;
  return SYNTHETIC.some((pattern) => pattern.test(rest)) ? undefined : rest;
}

/** Prompts that were sent while tools ran; the CLI hands them on inside a message of the role `system`. */
export function steeredText(text: string): string[] {
  const match = /^The user sent a new message while you were working:\n([\s\S]*?)(?:\n\nIMPORTANT:[\s\S]*)?$/.exec(
    text,
  );
  return match?.[1] === undefined ? [] : [match[1]];
}
