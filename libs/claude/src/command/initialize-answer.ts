/** A slash command or skill that the CLI offers in this process. */
export interface SlashCommand {
  readonly name: string;
  readonly description: string;
  /** What it takes, as a hint for people; empty for nothing. */
  readonly argumentHint: string;
}

/** What a fresh process says about itself (PROTOCOL.md §3.3), as far as it is used. */
export interface InitializeAnswer {
  readonly commands: readonly SlashCommand[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Read tolerantly: a version that leaves something out has nothing to offer there. */
export function initializeAnswer(answer: Readonly<Record<string, unknown>>): InitializeAnswer {
  const commands = Array.isArray(answer['commands']) ? (answer['commands'] as Record<string, unknown>[]) : [];
  return {
    commands: commands
      .filter((command) => text(command['name']) !== '')
      .map((command) => ({
        name: text(command['name']),
        description: text(command['description']),
        argumentHint: text(command['argumentHint']),
      })),
  };
}
