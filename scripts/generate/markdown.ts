/** What every generated page begins with. */
const GENERATED = '<!-- Made by `npm run generate` from the tables in the code; edit those. -->';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

export const page = (...parts: readonly string[]): string => `${[GENERATED, ...parts].join('\n\n')}\n`;
