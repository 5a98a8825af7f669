/** A text that someone other than the person puts into a user message, and how many replies it stands for. */
export interface HostText {
  pattern: RegExp;
  turns: number | ((text: string) => number);
}

/** What the CLI itself writes into user messages. None of it is a prompt, so a script goes on through it. */
const CLI_TEXTS: readonly HostText[] = [
  { pattern: /^\[Request interrupted by user/, turns: 0 },
  { pattern: /^<(local-command-\w+|command-name|command-message|task-notification|bash-\w+)>/, turns: 0 },
  // How newer versions (2.1.229) begin the notification of a background task.
  { pattern: /^\[SYSTEM NOTIFICATION - NOT USER INPUT\]/, turns: 0 },
  { pattern: /^Continue from where you left off\.$/, turns: 0 },
  { pattern: /^Output token limit hit\. Resume directly/, turns: 0 },
  { pattern: /^Stop hook feedback:/, turns: 0 },
  { pattern: /^\[structured-output-enforce\]/, turns: 0 },
  // The empty reply that it complains about is left out of the request.
  { pattern: /^\[Your previous response had no visible output/, turns: 1 },
];

/** The CLI puts this where a killed process left no reply. */
export const NO_REPLY = 'No response requested.';

const REMINDER = /<system-reminder>[\s\S]*?<\/system-reminder>/g;
const CONTINUED = /^This session is being continued from a previous conversation/;
const RECALLED = /^Prompts so far: (\[.*\])$/m;
const STEERED =
  /The user sent a new message while you were working:\n([\s\S]*?)(?:\n\nIMPORTANT: After completing|\n<\/system-reminder>|$)/g;

export type ReadText =
  | { kind: 'prompt'; text: string }
  | { kind: 'synthetic'; turns: number }
  /** What the summary of a compacted conversation remembers. */
  | { kind: 'recalled'; prompts: string[] };

/** Tells what a person wrote from what the CLI, or the program that runs it, wrote in their name. */
export function readText(text: string, hostTexts: readonly HostText[] = []): ReadText {
  const own = text.replace(REMINDER, '').trim();
  if (own === '' && text.trim() !== '') return { kind: 'synthetic', turns: 0 };
  if (CONTINUED.test(own)) return { kind: 'recalled', prompts: recalledPrompts(own) };
  const known = [...CLI_TEXTS, ...hostTexts].find(({ pattern }) => pattern.test(own));
  if (known === undefined) return { kind: 'prompt', text: own };
  return { kind: 'synthetic', turns: typeof known.turns === 'number' ? known.turns : known.turns(own) };
}

/** The line of a scripted summary from which `readText` recalls the prompts. */
export const recallLine = (prompts: readonly string[]): string => `Prompts so far: ${JSON.stringify(prompts)}`;

function recalledPrompts(summary: string): string[] {
  const line = RECALLED.exec(summary)?.[1];
  return line === undefined ? [] : (JSON.parse(line) as string[]);
}

/**
 * Prompts that were sent while tools ran. Depending on the model, the CLI hands them on in a message of the role
 * `system` or in a reminder at the end of a tool's result.
 */
export const steeredTexts = (text: string): string[] => [...text.matchAll(STEERED)].map((match) => match[1]!.trim());

/** A tool's result without what the CLI added to it. */
export const withoutReminders = (text: string): string =>
  text.includes('<system-reminder>') ? text.replace(REMINDER, '').trimEnd() : text;
