/** Where everything of the client lies that is made from tables, so that it imports nothing of the server. */
export const CLIENT = 'libs/client/src/generated';

const HEAD = '// Made by `npm run generate` from the tables of the server; edit those.';

export const listOf = (types: readonly string[]): string =>
  `[\n${types.map((type) => `  '${type}',\n`).join('')}] as const;`;

/** Types that stand in another generated file. */
export interface Elsewhere {
  readonly names: readonly string[];
  readonly file: string;
}

/** A generated file; it imports those types of other files that stand in it. */
export function clientFile(parts: readonly string[], elsewhere: readonly Elsewhere[] = []): string {
  const body = parts.join('\n\n');
  const code = body.replaceAll(/\/\*\*.*\*\//g, '');
  const imports = elsewhere.flatMap(({ names, file }) => {
    const used = names.filter((name) => new RegExp(`(?<!')\\b${name}\\b(?!')`).test(code)).toSorted();
    return used.length > 0 ? [`import { ${used.map((name) => `type ${name}`).join(', ')} } from '${file}';`] : [];
  });
  return `${[HEAD, ...(imports.length > 0 ? [imports.join('\n')] : []), body].join('\n\n')}\n`;
}
