/** Where everything of the client lies that is made from tables, so that it imports nothing of the server. */
export const CLIENT = 'libs/client/src/generated';

const HEAD = '// Made by `npm run generate` from the tables of the server; edit those.';

export const listOf = (types: readonly string[]): string =>
  `[\n${types.map((type) => `  '${type}',\n`).join('')}] as const;`;

/** A generated file; it imports those of the named types that stand in it. */
export function clientFile(parts: readonly string[], types: readonly string[] = [], from = ''): string {
  const body = parts.join('\n\n');
  const code = body.replaceAll(/\/\*\*.*\*\//g, '');
  const used = types.filter((name) => new RegExp(`(?<!')\\b${name}\\b(?!')`).test(code)).toSorted();
  const imports =
    used.length > 0 ? [`import { ${used.map((name) => `type ${name}`).join(', ')} } from '${from}';`] : [];
  return `${[HEAD, ...imports, body].join('\n\n')}\n`;
}
