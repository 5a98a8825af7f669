import { ALL_SETTINGS } from '../../apps/server/src/config/options.js';
import { page, table } from './markdown.js';

const SETTINGS = Object.values(ALL_SETTINGS);
const GROUPS = [...new Set(SETTINGS.map(({ group }) => group))];
const inGroup = (group: string) => SETTINGS.filter((setting) => setting.group === group);

export function settingsPage(): string {
  const sections = GROUPS.map((group) => {
    const rows = inGroup(group).map(({ env, type, shownDefault, secret, about }) => [
      `\`${env}\`${secret ? ' 🔒' : ''}`,
      type,
      shownDefault ? `\`${shownDefault}\`` : '',
      about,
    ]);
    return `## ${group}\n\n${table(['variable', 'type', 'default', 'meaning'], rows)}`;
  });
  return page(
    '# Configuration',
    'All settings are environment variables; a file `.env` in the working directory is read too, the environment wins. They are parsed once at start: everything that is wrong is named at once and the server does not start (exit code 78). An unknown `STEWARD_*` name is an error.',
    '🔒 A secret: it is never logged, and may be given as a file by the same name with `_FILE` behind it.',
    ...sections,
  );
}

export function envExample(): string {
  const lines = GROUPS.flatMap((group) => [
    `# ---- ${group}`,
    ...inGroup(group).flatMap(({ env, about, type, shownDefault }) => [
      '',
      `# ${about}`,
      `# ${type.replaceAll('`', '')}`,
      `#${env}=${shownDefault}`,
    ]),
    '',
  ]);
  return [
    '# Every setting with its default; docs/configuration.md is the same as tables.',
    '# Made by `npm run generate`.',
    '',
    ...lines,
  ].join('\n');
}
