// Which kinds of messages the published types of the Agent SDK name, and which of them Steward does not know:
// `npm pack @anthropic-ai/claude-agent-sdk@<version>`, unpack it, then `node scripts/sdk-kinds.mjs package/sdk.d.ts`.
// Needs a build. The types are read here and never copied.
import { readFileSync } from 'node:fs';
import { MESSAGE_KINDS, SYSTEM_KINDS } from '../dist/libs/claude/src/index.js';

const [path] = process.argv.slice(2);
if (!path) {
  process.stderr.write('usage: node scripts/sdk-kinds.mjs <sdk.d.ts>\n');
  process.exit(2);
}
const text = readFileSync(path, 'utf8');
const bodyOf = (name) => new RegExp(`type ${name} = \\{([\\s\\S]*?)\\n\\};`).exec(text)?.[1] ?? '';
const unionOf = (name) =>
  (new RegExp(`type ${name} = ([^{;]+);`).exec(text)?.[1] ?? '').split('|').map((one) => one.trim());
const wordsOf = (body, field) =>
  [...(new RegExp(`^    ${field}: ('[^;]+);`, 'm').exec(body)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(
    ([, word]) => word,
  );

/** A name of the union may itself be a union. */
const leaves = (name) => (bodyOf(name) ? [name] : unionOf(name).filter(Boolean).flatMap(leaves));
const kinds = leaves('SDKMessage').flatMap((name) => {
  const body = bodyOf(name);
  const types = wordsOf(body, 'type');
  return types.includes('system') ? wordsOf(body, 'subtype').map((subtype) => `system/${subtype}`) : types;
});
const known = new Set([
  ...Object.keys(MESSAGE_KINDS),
  ...Object.keys(SYSTEM_KINDS).map((subtype) => `system/${subtype}`),
]);
const all = [...new Set(kinds)];
const missing = all.filter((kind) => !known.has(kind));
process.stdout.write(
  `${all.length} kinds in the types, ${missing.length} that Steward does not know\n${missing.map((kind) => `  ${kind}\n`).join('')}`,
);
process.exit(missing.length === 0 ? 0 : 1);
